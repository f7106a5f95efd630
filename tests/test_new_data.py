# SPDX-License-Identifier: Apache-2.0
"""The worked example of docs/new_data.md, step by step, and what is left of it where images are broken."""

import csv
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flip_mm.datasets import get_run, register_domain
from flip_mm.datasets.naming import parse_name
from flip_mm.evaluation import read_scores

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/new_data.md").read_text(encoding="utf-8")
(TABLE,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
MODULE, RULE, CONFIG = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def own(tmp_path, write_video):
    """The CSV file of the page, and the videos that it names."""
    path = tmp_path / "own/list.csv"
    for seed, row in enumerate(csv.DictReader(TABLE.splitlines())):
        colour = np.random.default_rng(seed).integers(64, 192, 3)
        video = path.parent / row["path"]
        video.parent.mkdir(parents=True, exist_ok=True)
        write_video(video, [np.full((64, 64, 3), colour + 4 * k, np.uint8) for k in range(14)], codec="mpeg4")
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_from_a_csv_file_to_scores(own, mcio, tmp_path, monkeypatch, run_tool, registrations, capsys):
    command = re.search(r"^    python tools/(dataset_converters/generic.py) own/list.csv data/MCIO (.*)$", PAGE, re.MULTILINE)
    assert run_tool(command[1], own, mcio, *command[2].split(), "--faces", "none", "--workers", 1) == 0
    printed = capsys.readouterr().out
    for path in re.findall(r"(?<=    )frame/\S+\.png", PAGE):
        assert (mcio / path).is_file()
    for name in re.findall(r"\bmine_\w+_(?:train|test)\.txt", PAGE):
        assert (mcio / "txt" / name).read_text().count("\n") == 3
    (registration,) = re.findall(r"^register_domain\(.*\)$", printed, re.MULTILINE)
    assert registration in MODULE
    # The converter is a process of its own.
    registrations()

    my = tmp_path / "my"
    my.mkdir()
    (my / "my_fas.py").write_text(MODULE)
    config = my / "flip_mcl_mine.py"
    # The smallest model of the demo.
    config.write_text(CONFIG.replace("../configs/flip_mcl_demo.py", f"{ROOT.as_posix()}/configs/flip_v_demo.py"))
    monkeypatch.syspath_prepend(my)
    monkeypatch.delitem(sys.modules, "my_fas", raising=False)
    run_tool("analysis_tools/check_dataset.py", mcio, "--import", "my_fas", "--protocol", "to-mine", "--no-images")
    report = capsys.readouterr().out
    assert "MCIO->MINE (+ CelebA)   can run: 84 training images, 12 test images" in report
    flags = ("--data-root", mcio)
    run_tool("analysis_tools/print_run.py", config, *flags)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if line.startswith("target MINE")] == [
        "target MINE real 3 6 bonafide",
        "target MINE spoof 2 4 print",
        "target MINE spoof 1 2 tablet_replay",
    ]
    options = ["train_cfg.max_iters=2", "train_cfg.val_interval=2", "experiment_name=test_new_data"]
    options += [f"{part}_dataloader.num_workers=0" for part in ("train", "val", "test")]
    run_tool("train.py", config, *flags, "--work-dir", tmp_path / "w", "--cfg-options", *options)
    scores = read_scores(tmp_path / "w/val_scores_target.csv")
    assert {row[4] for row in scores.rows()} == {"bonafide", "print", "tablet_replay"}
    assert {row[2] for row in scores.rows()} == {"anna", "bodo"}
    assert list((tmp_path / "w").glob("best_target_HTER_iter_2.pth"))
    assert get_run("from-mine", "O").name == "MINE->O"


@pytest.mark.usefixtures("registrations")
def test_a_custom_rule():
    exec(RULE, {"register_domain": register_domain})
    lines = re.findall(r"^    (cut/\S+)$", PAGE, re.MULTILINE)
    names = [parse_name("CUT", line) for line in lines]
    assert [name.attack_type for name in names] == ["bonafide", "bonafide", "print", "mask"]
    assert len({name.video_id for name in names}) == 4


BROKEN = {
    "none": ([], True),
    "one": (["real0"], True),
    "a class": (["real0", "real1"], False),
    "all": (["real0", "real1", "fake0", "fake1"], False),
}


@pytest.mark.parametrize(("broken", "usable"), BROKEN.values(), ids=BROKEN)
def test_the_training_command_is_printed_only_with_training_data(broken, usable, tmp_path, run_tool, registrations, capsys):
    for name in ("real0", "real1", "fake0", "fake1"):
        path = tmp_path / f"{name}.png"
        Image.fromarray(np.full((32, 32, 3), 90, np.uint8)).save(path)
        if name in broken:
            path.write_bytes(path.read_bytes()[:40])
    (tmp_path / "my.csv").write_text("path,label\nreal0.png,real\nreal1.png,real\nfake0.png,spoof\nfake1.png,spoof\n")
    options = ("--domain", "MINE", "--faces", "none", "--workers", 1)
    for again in ((), ("--resume",)):
        run_tool("dataset_converters/generic.py", tmp_path / "my.csv", tmp_path / "out", *options, *again)
        printed = capsys.readouterr().out
        assert ("To train and test on it" in printed) == usable
        assert ("Nothing was converted: fix the causes below" in printed) == (len(broken) == 4)
        assert ("WARNING: 100% of the real recordings are lost" in printed) == (len(broken) == 2)
        assert "published" not in printed
        registrations()


def test_an_earlier_conversion_that_converted_nothing(tmp_path, end_tool, registrations, capsys):
    for name in ("real", "fake"):
        (tmp_path / f"{name}.png").write_bytes(b"\x89PNG")
    (tmp_path / "my.csv").write_text("path,label\nreal.png,real\nfake.png,spoof\n")
    options = ("--domain", "MINE", "--faces", "none", "--workers", 1)
    codes = []
    for _ in range(2):
        codes.append(end_tool("dataset_converters/generic.py", tmp_path / "my.csv", tmp_path / "out", *options))
        registrations()
    assert codes == [1, 2]
    assert "converted nothing: fix the causes in" in " ".join(capsys.readouterr().err.split())
