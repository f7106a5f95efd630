# SPDX-License-Identifier: Apache-2.0
"""tools/slurm_train.sh on a real Slurm."""

import signal
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "configs/flip_mcl_demo.py"
ITERATIONS = 3

pytestmark = pytest.mark.slurm


def arguments(work, data):
    options = [f"train_cfg.max_iters={ITERATIONS}", f"train_cfg.val_interval={ITERATIONS}", "train_dataloader.num_workers=0"]
    return ["--work-dir", work, "--data-root", data, "--cfg-options", *options, "val_dataloader.num_workers=0"]


def weights(work):
    return torch.load(work / f"iter_{ITERATIONS}.pth", weights_only=False)["state_dict"]


def test_two_cpu_tasks_train_as_two_gloo_processes(slurm, shared_mcio, tmp_path):
    words = ("bash", ROOT / "tools/slurm_train.sh", slurm.partition, "flip_test", CONFIG)
    code, output = slurm.run(*words, *arguments(tmp_path / "slurm", shared_mcio), GPUS="0", NTASKS="2")
    assert code == 0, output
    assert "Training flip_mcl_demo on CPU, 2 processes" in output
    words = ("bash", ROOT / "tools/dist_train.sh", CONFIG, 2)
    code, output = slurm.run(*words, *arguments(tmp_path / "gloo", shared_mcio))
    assert code == 0, output
    tasks, processes = weights(tmp_path / "slurm"), weights(tmp_path / "gloo")
    assert tasks.keys() == processes.keys()
    assert [name for name in tasks if not torch.equal(tasks[name], processes[name])] == []


def test_a_user_error_ends_all_tasks(slurm, tmp_path):
    words = ("bash", ROOT / "tools/slurm_train.sh", slurm.partition, "flip_test", CONFIG)
    code, output = slurm.run(*words, *arguments(tmp_path / "work", tmp_path / "missing"), GPUS="0", NTASKS="2")
    # srun returns the highest code of its tasks: that of SIGTERM, if the other task was not as fast.
    assert code in (2, 128 + signal.SIGTERM), output
    assert str(tmp_path / "missing") in output
