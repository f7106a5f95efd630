# SPDX-License-Identifier: Apache-2.0
"""Where depth maps come from: chosen by --data-root or --depth-root, printed, stored, compared on --resume."""

import itertools
import json
import shutil

import pytest
from fixtures.configs import CONFIGS
from PIL import Image

from flip_mm.evaluation.score_file import read_score_file

NUMBER = itertools.count()
pytestmark = pytest.mark.usefixtures("small_vocabulary")


@pytest.fixture
def maps(shared_mcio, tmp_path):
    """A flat map for every real image."""
    for path in (shared_mcio / "frame").rglob("*.*"):
        if "real" in path.parts:
            target = (tmp_path / "maps" / path.relative_to(shared_mcio / "frame")).with_suffix(".png")
            target.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (4, 4), 200).save(target)
    return tmp_path / "maps"


@pytest.fixture
def train(end_tool, shrunk, shared_mcio, tmp_path, monkeypatch):
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])
    cfg = shrunk(CONFIGS / "cdcn/cdcnpp_demo.py")
    cfg.dump(tmp_path / "cdcnpp.json")

    def run(*flags, tool="train.py", checkpoint=(), steps=3):
        where = ("--work-dir", tmp_path / "work", "--data-root", shared_mcio)
        options = (f"experiment_name=depth_{next(NUMBER)}", f"train_cfg.max_iters={steps}")
        return end_tool(tool, tmp_path / "cdcnpp.json", *checkpoint, *where, *flags, "--cfg-options", *options)

    return run


def test_maps_of_a_user(train, maps, tmp_path, capsys):
    work = tmp_path / "work"
    assert train("--depth-root", maps) == 0
    assert "\n  depth        maps of depth_root\n" in capsys.readouterr().out
    record = json.loads((work / "record.json").read_text())
    assert record["depth"] == "maps of depth_root"
    assert str(maps) not in (work / "record.json").read_text()
    assert read_score_file(work / "val_scores_target.csv").provenance.depth == "maps of depth_root"

    assert train(tool="test.py", checkpoint=[work / "iter_3.pth"]) == 0
    assert "trained with depth: maps of depth_root" in capsys.readouterr().out
    (test,) = json.loads((work / "record.json").read_text())["tests"]
    assert test["provenance"]["depth"] == "maps of depth_root"

    # The same settings, but the substitute: another training.
    assert train("--resume", steps=4) == 2
    assert "had depth from maps of depth_root, this one from substitute (ellipsoid)" in capsys.readouterr().err
    moved = shutil.copytree(maps, tmp_path / "moved")
    assert train("--resume", "--depth-root", moved, steps=4) == 0


def test_a_missing_map_and_a_config_without_depth(train, maps, end_tool, shared_mcio, capsys):
    next((maps / "msu").rglob("*_frame0.png")).unlink()
    assert train("--depth-root", maps) == 2
    assert "1 of 18 depth maps of real images are missing" in capsys.readouterr().err
    assert end_tool("train.py", "flip_v_demo", "--data-root", shared_mcio, "--depth-root", maps) == 2
    assert "--depth-root: this config trains without depth maps" in capsys.readouterr().err
