# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MMLogger
from mmpretrain.registry import HOOKS
from mmpretrain.structures import DataSample


def hook(kind):
    return HOOKS.build(dict(type=kind))


def sample(path):
    return DataSample(metainfo=dict(img_path=path))


def test_draws_of_a_step_depend_on_seed_rank_and_iteration(monkeypatch):
    def draw(seed, iteration, rank=0):
        monkeypatch.setattr("flip_mm.engine.step_seed_hook.get_rank", lambda: rank)
        torch.rand(3)
        hook("StepSeedHook").before_train_iter(SimpleNamespace(seed=seed, iter=iteration), 0)
        return torch.rand(1).item()

    assert draw(1, 7) == draw(1, 7)
    assert len({draw(1, 7), draw(2, 7), draw(1, 8), draw(1, 7, rank=1)}) == 4


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("terminal", [True, False])
def test_progress_bar_on_a_terminal_only(monkeypatch, capfd, terminal):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    runner = SimpleNamespace(max_iters=20, iter=0, logger=MMLogger.get_instance(f"bar_{terminal}"))
    bar = hook("ProgressBarHook")
    bar.before_train(runner)
    for i in range(20):
        bar.after_train_iter(runner, i, outputs=dict(loss_ce=torch.tensor(0.25, requires_grad=True)))
    bar.after_train(runner)
    lines, shown = capfd.readouterr()
    assert ("train 20/20  loss_ce=0.250  00:00 left" in lines) is not terminal
    assert ("20/20" in shown and "loss_ce=0.250" in shown) if terminal else shown == ""
