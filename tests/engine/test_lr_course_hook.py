# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import pytest
import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.registry import PARAM_SCHEDULERS
from mmengine.runner import IterBasedTrainLoop
from mmpretrain.registry import HOOKS

COSINE = dict(type="CosineAnnealingLR", by_epoch=False, end=800, eta_min=1e-5)


def wrapper(*rates):
    groups = [dict(params=[torch.nn.Parameter(torch.ones(n + 2))], lr=rate) for n, rate in enumerate(rates)]
    return OptimWrapper(torch.optim.Adam(groups, lr=rates[0]))


def build(schedulers, optim_wrapper):
    return [PARAM_SCHEDULERS.build({**own, "optimizer": optim_wrapper}) for own in schedulers]


def said(optim_wrapper, schedulers, begin=0, end=800):
    lines = []
    runner = SimpleNamespace(
        iter=begin,
        max_iters=end,
        optim_wrapper=optim_wrapper,
        param_schedulers=schedulers,
        train_loop=IterBasedTrainLoop.__new__(IterBasedTrainLoop),
        logger=SimpleNamespace(info=lines.append),
    )
    HOOKS.build(dict(type="LRCourseHook")).before_train(runner)
    return lines


@pytest.mark.parametrize("schedulers", [None, []])
def test_a_constant_rate(schedulers):
    assert said(wrapper(1e-6), schedulers) == ["Learning rate: 1e-06 in iterations 1 to 800."]


def test_groups_with_one_course_share_a_line():
    own = wrapper(1e-3, 1e-4, 1e-3)
    assert said(own, build([COSINE], own)) == [
        "Learning rate of 6 parameters: 0.001 at iteration 1, 1e-05 at 800.",
        "Learning rate of 3 parameters: 0.0001 at iteration 1, 1e-05 at 800.",
    ]


def test_a_resumed_training_and_one_that_is_done():
    own = wrapper(1e-3)
    schedulers = build([COSINE], own)
    for _ in range(400):
        own.step()
        schedulers[0].step()
    assert said(own, schedulers, begin=400) == ["Learning rate: 0.000505 at iteration 401, 1e-05 at 800."]
    assert said(own, schedulers, begin=800) == []


def test_schedulers_that_wait_for_a_validation():
    own = wrapper(1e-3)
    plateau = dict(type="ReduceOnPlateauLR", monitor="target/AUC", rule="greater", factor=0.5, patience=3)
    words = "ReduceOnPlateauLR multiplies it by 0.5 after more than 3 validations in which target/AUC has not risen."
    assert said(own, build([plateau], own)) == [
        "Learning rate: 0.001 in iterations 1 to 800.",
        f"Learning rate: {words}",
    ]


def test_several_optimizers():
    one, two = wrapper(1e-3), wrapper(1e-4)
    schedulers = dict(one=build([COSINE], one), two=[])
    assert said(OptimWrapperDict(one=one, two=two), schedulers) == [
        "Learning rate of one: 0.001 at iteration 1, 1e-05 at 800.",
        "Learning rate of two: 0.0001 in iterations 1 to 800.",
    ]
