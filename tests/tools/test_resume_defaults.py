# SPDX-License-Identifier: Apache-2.0
"""The demo of FLIP-MCL with its defaults (fused Adam, views by OpenCV), ended in the middle and resumed."""

import itertools
import shutil

import pytest
import torch
from fixtures.comparison import equal

NUMBER = itertools.count()
# The views keep their size; only the model is smaller.
SMALLER = [
    "model.head.projector.hid_channels=32",
    "model.head.projector.out_channels=8",
    "train_cfg.max_iters=4",
    "default_hooks.checkpoint.interval=2",
    "default_hooks.logger.interval=1",
]


@pytest.fixture
def train(run_tool, shared_mcio, small_vocabulary):
    """train(work_dir, workers, '--resume', ...): four iterations, a checkpoint after every second one."""

    def call(work, workers, *flags):
        options = [*SMALLER, f"train_dataloader.num_workers={workers}", f"experiment_name=defaults_{next(NUMBER)}"]
        arguments = ["--data-root", shared_mcio, "--work-dir", work, "--no-validate", "--cfg-options", *options]
        run_tool("train.py", "configs/flip_mcl_demo.py", *flags, *arguments)

    return call


def cut(whole, work):
    """A copy of a work dir as it was after the second iteration."""
    shutil.copytree(whole, work)
    (work / "iter_4.pth").unlink()
    (work / "last_checkpoint").write_text("iter_2.pth")


def assert_same(*works):
    one, other = (torch.load(work / "iter_4.pth", weights_only=False) for work in works)
    assert one["optimizer"]["param_groups"][0]["fused"] is True
    for part in ("state_dict", "optimizer", "param_schedulers"):
        assert equal(one[part], other[part]), part
    assert "continues from" in "".join(path.read_text() for path in works[1].glob("*/*.log"))


def test_one_process(train, tmp_path):
    train(tmp_path / "whole", 0)
    cut(tmp_path / "whole", tmp_path / "cut")
    train(tmp_path / "cut", 2, "--resume")
    assert_same(tmp_path / "whole", tmp_path / "cut")


def test_two_processes(train, processes, tmp_path):
    launched = ("--launcher", "pytorch")
    processes(2, lambda rank: train(tmp_path / "whole", 0, *launched))
    cut(tmp_path / "whole", tmp_path / "cut")
    processes(2, lambda rank: train(tmp_path / "cut", 1, *launched, "--resume"))
    assert_same(tmp_path / "whole", tmp_path / "cut")
