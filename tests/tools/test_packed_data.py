# SPDX-License-Identifier: Apache-2.0
"""Training from a packed data root, and with views rendered by the data preprocessor, through the command line."""

import itertools
import json
import sys
from pathlib import Path

import pytest

from flip_mm.cli import commands

ROOT = Path(__file__).parents[2]
NUMBER = itertools.count()
DEVICE = "train_dataloader.dataset.pipeline.2.views=device"


@pytest.fixture
def losses(run_tool, tmp_path):
    """losses(data root, *options): losses of the steps of a training of FLIP-MCL."""

    def train(data, *options):
        work = tmp_path / str(next(NUMBER))
        fixed = [
            "train_cfg.max_iters=3",
            "train_cfg.val_interval=3",
            "default_hooks.logger.interval=1",
            *(f"{part}_dataloader.num_workers=0" for part in ("val", "test")),
            f"experiment_name=packed_{work.name}",
        ]
        flags = ("--target", "O", "--work-dir", work, "--data-root", data)
        run_tool("train.py", ROOT / "configs/flip_mcl_demo.py", *flags, "--cfg-options", *fixed, *options)
        (path,) = work.glob("*/vis_data/scalars.json")
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        return [(line.get("loss"), line.get("target/AUC")) for line in lines]

    return train


def test_a_packed_data_root_trains_with_the_same_bits(losses, shared_mcio, tmp_path, monkeypatch, capsys):
    out = tmp_path / "packed"
    monkeypatch.setattr(sys, "argv", ["flip_mm", "pack", str(shared_mcio), str(out), "--workers", "2"])
    assert commands.main() == 0
    assert capsys.readouterr().out.startswith(f"156 images, 0.4 MB in {out} (")
    # A process that has read images forks workers, and then tests.
    assert losses(out, "train_dataloader.num_workers=1") == losses(shared_mcio, "train_dataloader.num_workers=0")


def test_a_training_with_views_on_the_device_is_that_of_opencv(losses, shared_mcio):
    workers = "train_dataloader.num_workers=0"
    device, opencv = losses(shared_mcio, workers, DEVICE), losses(shared_mcio, workers)
    assert [loss for loss, _ in device[:3]] == pytest.approx([loss for loss, _ in opencv[:3]], rel=0.03)
    assert device != opencv
