# SPDX-License-Identifier: Apache-2.0
"""A training that is killed many times ends with the same result as an uninterrupted one."""

import os
import signal
import traceback
from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS

from flip_mm.engine import durable_backend

CONFIG = Path(__file__).parents[1] / "data/run_0.1.0/config.py"
LENGTH = ["train_cfg.max_iters=14", "train_cfg.val_interval=3", "default_hooks.checkpoint.interval=1"]
# (iteration, where): the training ends there by SIGKILL and is resumed. Every third iteration is followed by a validation.
KILLS = [
    (1, "before_train_iter"),
    (2, "after_train_iter"),
    (3, "before_val_epoch"),
    (3, "after_val_epoch"),
    (4, "write"),
    (5, "after_train_iter"),
    (6, "after_val_epoch"),
    (7, "rename"),
    (8, "before_train_iter"),
    (9, "before_val_epoch"),
    (11, "write"),
    (13, "after_train_iter"),
]


@HOOKS.register_module()
class KillAtHook(Hook):
    """Ends the process at a point of the training."""

    priority = "VERY_LOW"

    def __init__(self, at, where):
        def die(runner, **_):
            if runner.iter == at:
                os.kill(os.getpid(), signal.SIGKILL)

        setattr(self, where, die)


def kill_while_saving(monkeypatch, at, where):
    """SIGKILL when the checkpoint of an iteration is half written, or whole and not yet named."""
    replace, compare = os.replace, durable_backend._compare

    def die(path):
        if Path(path).name == f"iter_{at}.pth.part":
            os.kill(os.getpid(), signal.SIGKILL)

    def half(path, content):
        if Path(path).name == f"iter_{at}.pth.part":
            os.truncate(path, len(content) // 2)
            die(path)
        compare(path, content)

    if where == "write":
        monkeypatch.setattr(durable_backend, "_compare", half)
    else:
        monkeypatch.setattr(os, "replace", lambda a, b: (die(a), replace(a, b)))


@pytest.fixture
def train(run_tool, old_files, monkeypatch):
    """train(work_dir, '--resume', kill=(4, 'write')): in a process of its own; returns how it ended."""

    def call(work, *flags, kill=None, workers=0):
        pid = os.fork()
        if pid:
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        code = 1
        try:
            config = work.with_suffix(".py")
            config.write_text(f'_base_ = ["{CONFIG.as_posix()}"]\n')
            options = [*LENGTH, f"experiment_name=kill_chain_{os.getpid()}", f"train_dataloader.num_workers={workers}"]
            if kill and kill[1] in ("write", "rename"):
                kill_while_saving(monkeypatch, *kill)
            elif kill:
                config.write_text(
                    config.read_text() + f"custom_hooks = [dict(type='KillAtHook', at={kill[0]}, where='{kill[1]}')]\n"
                )
            run_tool(
                "train.py", config, "--data-root", old_files / "data", "--work-dir", work, *flags, "--cfg-options", *options
            )
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    return call


def test_twelve_kills_do_not_change_the_result(train, tmp_path):
    assert train(tmp_path / "whole") == 0
    for number, kill in enumerate(KILLS):
        flags = ["--resume"] if number else []
        assert train(tmp_path / "cut", *flags, kill=kill, workers=number % 2) == -signal.SIGKILL, kill
    assert train(tmp_path / "cut", "--resume") == 0
    names = sorted(path.name for path in (tmp_path / "whole").glob("*.pth"))
    assert sorted(path.name for path in (tmp_path / "cut").glob("*.pth*")) == names
    for name in names:
        one, other = (torch.load(tmp_path / work / name, weights_only=False) for work in ("whole", "cut"))
        assert all(torch.equal(one["state_dict"][key], other["state_dict"][key]) for key in one["state_dict"]), name
        scores = [{k: v for k, v in end["message_hub"]["runtime_info"].items() if "best_score" in k} for end in (one, other)]
        assert scores[0] == scores[1]
    last = [torch.load(tmp_path / work / "iter_14.pth", weights_only=False)["optimizer"]["state"] for work in ("whole", "cut")]
    for key, state in last[0].items():
        assert all(torch.equal(state[name], last[1][key][name]) for name in state)
