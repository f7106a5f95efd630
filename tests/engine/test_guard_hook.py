# SPDX-License-Identifier: Apache-2.0
"""The hook. The comparisons are tested in test_resume_checks.py, test_run_checks.py and test_weights_fit.py."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import BaseLoop
from mmpretrain.registry import HOOKS
from torch import nn

from flip_mm.engine import GuardHook
from flip_mm.engine.guard_hook import comparable_record

NAMES = ("GuardHook", "ResumeGuardHook", "CheckpointGuardHook", "RunGuardHook")


class Loop(BaseLoop):
    def run(self):
        pass


def hook(name="GuardHook"):
    return HOOKS.build(dict(type=name))


@pytest.fixture
def said():
    return []


@pytest.fixture
def runner(tmp_path, said):
    """runner(resume=True, model=...): as far as the hook looks at it; its data set is of another program."""

    def make(model=None, loader=None, hooks=(), **cfg):
        loop = Loop(None, loader)
        return SimpleNamespace(
            cfg=Config(cfg),
            model=model or nn.Linear(2, 1),
            hooks=list(hooks),
            seed=3,
            world_size=1,
            max_iters=9,
            work_dir=str(tmp_path),
            logger=SimpleNamespace(warning=said.append, info=said.append),
            train_dataloader=loader,
            _train_loop=loop,
            _resume=cfg.get("resume", False),
            _load_from=None,
        )

    return make


def checkpoint(model, iteration=4, **meta):
    return dict(meta=dict(iter=iteration, **meta), state_dict=model.state_dict(), optimizer={}, message_hub={})


def test_resume_uses_the_newest_checkpoint(runner, tmp_path):
    torch.save(dict(n=1), tmp_path / "iter_4.pth")
    for loop, path in ((Loop(None, None), str(tmp_path / "iter_4.pth")), (None, None)):
        own = runner(resume=True)
        own._train_loop = loop
        hook().before_run(own)
        # A test does not resume, whatever the config says.
        assert (own._load_from, own._resume) == (path, True)


def test_without_a_checkpoint_there_is_nothing_to_resume(runner, said):
    own = runner(resume=True)
    hook().before_run(own)
    assert (own._load_from, own._resume) == (None, False)
    assert "contains no checkpoint" in said[0]


def test_gradients_that_checkpoints_would_lose_are_refused(runner):
    cfg = dict(optim_wrapper=dict(accumulative_counts=2), train_cfg=dict(val_interval=3))
    with pytest.raises(ValueError, match=r"val_interval=3 is no multiple of optim_wrapper\.accumulative_counts=2"):
        hook().before_run(runner(**cfg))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_the_whole_guard(runner, said, name):
    guard, own = hook(name), runner(resume=True, model=nn.Linear(2, 1))
    assert type(guard) is GuardHook
    written = checkpoint(own.model)
    guard.before_save_checkpoint(own, written)
    assert written["meta"]["flip_mm"] == comparable_record(own)
    guard.after_load_checkpoint(own, written)
    assert said == []
    own.seed = 4
    with pytest.raises(ValueError, match="has the seed 3, this one 4"):
        guard.after_load_checkpoint(own, written)
    own.cfg.resume = False
    guard.after_load_checkpoint(own, written)
    with pytest.raises(ValueError, match="1 unknown to the model: extra"):
        guard.after_load_checkpoint(own, dict(state_dict=own.model.state_dict() | dict(extra=torch.zeros(1))))


def test_only_one_of_several_guards_runs(runner, said):
    guards = [hook(name) for name in NAMES[1:]]
    own = runner(hooks=guards, resume=True)
    written, old = checkpoint(own.model), checkpoint(own.model)
    for guard in guards:
        guard.before_run(own)
        guard.before_save_checkpoint(own, written)
        guard.after_load_checkpoint(own, old)
    assert [text.split(",")[0] for text in said] == [
        f"--resume: {own.work_dir} contains no checkpoint",
        "The checkpoint does not contain the settings of its training; they are not compared.",
    ]


def test_an_existing_record_is_kept(runner):
    own = runner()
    written = checkpoint(own.model, flip_mm=dict(format=1))
    hook().before_save_checkpoint(own, written)
    assert written["meta"]["flip_mm"] == dict(format=1)


def test_checkpoints_of_other_programs_pass(runner, said):
    own = runner()
    for meta in ({}, dict(dataset_meta=None), dict(dataset_meta=dict(classes=("a", "b"))), dict(flip_mm="no record")):
        hook().after_load_checkpoint(own, dict(meta=meta, state_dict=own.model.state_dict()))
    hook().after_load_checkpoint(own, own.model.state_dict())
    assert said == []
