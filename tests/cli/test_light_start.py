# SPDX-License-Identifier: Apache-2.0
"""Commands without a model do not import the slow packages. Each command runs in a new process."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from flip_mm.evaluation import ScoreTable, write_scores
from flip_mm.inference.model_card import InputSpec, ModelCard
from flip_mm.inference.model_file import write_safetensors

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "torchvision", "mmengine", "mmcv", "mmpretrain", "open_clip")
LOADED = """
import atexit, json, runpy, sys
heavy = sys.argv[1].split(",")
atexit.register(lambda: print(json.dumps([name for name in heavy if name in sys.modules]), file=sys.stderr))
sys.argv = sys.argv[2:]
if sys.argv[0] == "flip_mm":
    runpy.run_module("flip_mm", run_name="__main__")
else:
    runpy.run_path(sys.argv[0], run_name="__main__")
"""
SCORES = ROOT / "tests/data/run_0.1.0/scores_target.csv"


def loaded(heavy, *command):
    """Exit code of a command, and which of the packages it has imported."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    command = [sys.executable, "-c", LOADED, ",".join(heavy), *map(str, command)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("code", "command"),
    [
        (0, ["flip_mm", "--help"]),
        (0, ["flip_mm", "train", "--help"]),
        (0, ["tools/train.py", "--help"]),
        (0, ["flip_mm", "convert", "oulu_npu", "--help"]),
        (2, ["flip_mm", "trian"]),
        (2, ["flip_mm", "train", "absent"]),
        (2, ["flip_mm", "test", "flip_v_demo", "a.pth", "--seed", "x"]),
        (2, ["flip_mm", "deploy", "flip_v_demo", "absent.pth", "out.pth"]),
        (0, ["flip_mm", "predict", "--help"]),
        (2, ["flip_mm", "predict", "absent.onnx", "me.jpg"]),
        (2, ["flip_mm", "export", "flip_v_demo", "absent.pth", "out.onnx"]),
        (2, ["flip_mm", "info", "absent.onnx"]),
    ],
)
def test_help_and_refusals(code, command):
    assert loaded([*HEAVY, "cv2", "matplotlib", "scipy", "sklearn"], *command) == (code, "[]")


def test_work_without_a_model(tmp_path, write_archive):
    assert loaded(HEAVY, "flip_mm", "evaluate", SCORES) == (0, "[]")
    assert loaded(HEAVY, "flip_mm", "evaluate", SCORES, "--report", tmp_path / "page") == (0, "[]")
    write_archive("oulu_npu", tmp_path / "raw", ["oulu/train/real/1_1_01_1_frame0.png"])
    convert = ["flip_mm", "convert", "oulu_npu", tmp_path / "raw", tmp_path / "out", "--dry-run", "--workers", 1]
    assert loaded(HEAVY, *convert)[1] == "[]"


def test_a_table_of_records(tmp_path, make_record):
    (tmp_path / "record.json").write_text(json.dumps(make_record()))
    for command in (["table", tmp_path], ["table", tmp_path, "--form", "p1"]):
        assert loaded([*HEAVY, "cv2", "pandas", "scipy", "sklearn"], "flip_mm", *command) == (0, "[]")


def test_calibration_from_scores_without_a_model(tmp_path):
    card = ModelCard("tiny", dict(network="none"), (InputSpec((8, 8), (0.0,) * 3, (255.0,) * 3),))
    write_safetensors(tmp_path / "m.safetensors", card, dict(a=np.ones(2, np.float32)))
    logits = np.random.default_rng(0).normal(size=80) + 4 * (np.arange(80) % 2)
    rows = [(f"{i}", f"{i}", "", "O", ("print", "bonafide")[i % 2], i % 2, 1 / (1 + np.exp(2 - logits[i]))) for i in range(80)]
    write_scores(ScoreTable.from_frames(rows), tmp_path / "s.csv")
    command = [
        "calibrate",
        tmp_path / "m.safetensors",
        tmp_path / "s.csv",
        "--rule",
        "eer",
        "--out",
        tmp_path / "n.safetensors",
    ]
    assert loaded(HEAVY, "flip_mm", *command) == (0, "[]")


def test_lists_without_a_model(shared_mcio, tmp_path):
    # MMEngine's reader of configs needs no PyTorch.
    assert loaded(HEAVY, "flip_mm", "print_run", "flip_mcl_p1", "--data-root", shared_mcio) == (0, '["mmengine"]')
    assert loaded(HEAVY, "flip_mm", "doctor", shared_mcio, "--no-images") == (0, "[]")
    assert loaded(HEAVY, "flip_mm", "pack", shared_mcio, tmp_path / "packed") == (0, "[]")


def test_a_comparison_with_published_results_needs_no_pytorch(tmp_path):
    run = dict(name="ICM->O", protocol="p1", target="O", shots=0)
    settings = dict(train_cfg=dict(max_iters=4))
    record = dict(format=1, config=dict(name="flip_mcl_p1.py", settings=settings), run=run, weights=[], validations=[])
    (tmp_path / "record.json").write_text(json.dumps(record))
    assert loaded(HEAVY, "flip_mm", "compare", tmp_path) == (0, '["mmengine"]')


def test_a_detector_needs_no_framework(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("from flip_mm import Detector\nfrom flip_mm.apis import FASInferencer")
    assert loaded([*HEAVY, "onnxruntime", "av", "matplotlib", "scipy", "sklearn"], script) == (0, "[]")
    script.write_text("from flip_mm import Detector\nDetector('absent.onnx')")
    assert loaded([*HEAVY, "onnxruntime"], script) == (1, "[]")
