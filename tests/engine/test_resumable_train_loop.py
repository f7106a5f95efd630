# SPDX-License-Identifier: Apache-2.0
"""Refusals. Resumed trainings are tested in tests/tools/test_resume.py."""

from types import SimpleNamespace

import pytest
from mmpretrain.registry import LOOPS
from torch.utils.data import DataLoader


def test_a_sampler_that_cannot_start_anywhere_is_refused():
    with pytest.raises(TypeError, match=r"cannot start a BatchSampler at an iteration\. .*train_cfg.type='IterBasedTrainLoop'"):
        LOOPS.build(dict(type="ResumableTrainLoop", runner=SimpleNamespace(), dataloader=DataLoader([1, 2]), max_iters=4))


def test_another_iterable_is_repeated_but_not_resumed():
    """The pretended dataloader of MMPretrain's vis_scheduler.py has no sampler at all."""
    numbers = type("Numbers", (list,), dict(dataset=SimpleNamespace(metainfo=None)))([1, 2])
    runner = SimpleNamespace(visualizer=SimpleNamespace(), call_hook=lambda *_: None)
    loop = LOOPS.build(dict(type="ResumableTrainLoop", runner=runner, dataloader=numbers, max_iters=4))
    assert [batch for _, batch in zip(range(5), loop._open(), strict=False)] == [1, 2, 1, 2, 1]
    loop._iter = 3
    with pytest.raises(TypeError, match="cannot start a Numbers at iteration 3"):
        loop._open()
