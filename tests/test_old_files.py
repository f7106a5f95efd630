# SPDX-License-Identifier: Apache-2.0
"""Files that an earlier flip_mm wrote keep working, see tests/data/run_0.1.0/README.md."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from flip_mm.evaluation.score_file import read_scores

FOLDER = Path(__file__).parent / "data/run_0.1.0"


def rounds_as_then():
    """Whether this machine and torch round like those that wrote the files (tried: torch 2.14.1 and 2.15.0)."""
    processor = Path("/proc/cpuinfo")
    is_amd = processor.is_file() and "AuthenticAMD" in processor.read_text(encoding="utf-8", errors="replace")
    return is_amd and torch.backends.cpu.get_cpu_capability() == "AVX512" and torch.__version__.startswith(("2.14.", "2.15."))


def figures(path):
    return json.loads(path.read_text())["figures"]


def test_a_resumed_old_training_ends_with_the_same_weights(run_tool, old_files, tmp_path):
    work = Path(shutil.copytree(old_files / "work_dir", tmp_path / "work"))
    train = (
        "train.py",
        FOLDER / "config.py",
        "--data-root",
        old_files / "data",
        "--work-dir",
        work,
        "--resume",
        "--cfg-options",
    )
    with pytest.raises(ValueError, match="started with other defaults") as refused:
        run_tool(*train, "experiment_name=test_refused")
    # The message has the options that restore the arithmetic of that time.
    restoring = re.search(r"--cfg-options (.*) to continue", str(refused.value))[1].split()
    assert restoring == ["train_dataloader.dataset.pipeline.2.views=pillow", "optim_wrapper.optimizer.fused=False"]
    run_tool(*train, "experiment_name=test_old_files", *restoring)
    log = "".join(path.read_text() for path in work.glob("*/*.log"))
    assert f"Training continues from {work / 'iter_4.pth'}" in log
    want = torch.load(old_files / "final.pth", weights_only=True)["state_dict"]
    got = torch.load(work / "iter_8.pth", weights_only=False)["state_dict"]
    assert got.keys() == want.keys()
    for name, value in want.items():
        torch.testing.assert_close(got[name], value, rtol=1e-4, atol=1e-6)
    if rounds_as_then():
        assert all(torch.equal(got[name], value) for name, value in want.items())


def test_an_old_deployed_file_gives_the_same_scores(run_tool, old_files, tmp_path):
    options = ("--cfg-options", "model.deploy=True", "experiment_name=test_deployed")
    run_tool(
        "test.py",
        FOLDER / "config.py",
        old_files / "deployed.pth",
        "--data-root",
        old_files / "data",
        "--work-dir",
        tmp_path,
        *options,
    )
    want, got = (read_scores(folder / "scores_target.csv") for folder in (FOLDER, tmp_path))
    for column in ("video", "subject", "domain", "attack_type", "label"):
        assert getattr(got, column).tolist() == getattr(want, column).tolist()
    np.testing.assert_allclose(got.score, want.score, atol=1e-6)
    wanted, found = (figures(folder / "figures_target.json") for folder in (FOLDER, tmp_path))
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, abs=1e-3)


def test_an_old_score_file_gives_the_same_metrics(run_tool, tmp_path):
    out = tmp_path / "figures.json"
    run_tool("analysis_tools/evaluate_scores.py", FOLDER / "scores_target.csv", "--json", out)
    want = figures(FOLDER / "figures_target.json")
    (report,) = json.loads(out.read_text())
    assert {name: report["figures"][name] for name in want} == pytest.approx(want, abs=1e-9)
