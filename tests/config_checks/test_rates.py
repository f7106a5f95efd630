# SPDX-License-Identifier: Apache-2.0
import copy
import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmengine.registry import PARAM_SCHEDULERS
from mmpretrain.registry import HOOKS

from flip_mm.config_checks.rates import describe_rates, learning_rates

DOCS = Path(__file__).parents[2] / "docs/options.md"
ITERATIONS = 24
SCHEDULES = dict(
    none=[],
    warm_cosine=[
        dict(type="LinearLR", start_factor=0.01, end=5, by_epoch=False),
        dict(type="CosineAnnealingLR", begin=5, T_max=19, eta_min=1e-3, by_epoch=False),
    ],
    steps=[
        dict(type="MultiStepLR", milestones=[6, 12], by_epoch=False),
        dict(type="ExponentialLR", gamma=0.99, by_epoch=False),
    ],
    cycle=[dict(type="OneCycleLR", eta_max=0.5, total_steps=ITERATIONS, by_epoch=False)],
    restarts=[dict(type="CosineRestartLR", periods=[6] * 4, restart_weights=[1] * 4, eta_min=0.0, by_epoch=False)],
    momentum=[dict(type="LinearMomentum", by_epoch=False), dict(type="PolyLR", by_epoch=False)],
    epochs=[dict(type="StepLR", step_size=2), dict(type="LinearLR", end=9, by_epoch=False)],
)


def build(schedule, multipliers=(1.0, 0.1, 0.1)):
    groups = [dict(params=[torch.nn.Parameter(torch.ones(2))], lr=0.1 * own) for own in multipliers]
    wrapper = OptimWrapper(torch.optim.Adam(groups, lr=0.1))
    defaults = dict(end=ITERATIONS, optimizer=wrapper)
    return wrapper, [PARAM_SCHEDULERS.build({**defaults, **own}) for own in SCHEDULES[schedule]]


def train(wrapper, schedulers, begin, end, epoch):
    """The rates that a training with mmengine's hook has."""
    hook, runner = HOOKS.build(dict(type="ParamSchedulerHook")), SimpleNamespace(param_schedulers=schedulers)
    used = []
    for iteration in range(begin, end):
        used.append([group["lr"] for group in wrapper.optimizer.param_groups])
        wrapper.step()
        hook.after_train_iter(runner, iteration)
        if (iteration + 1) % epoch == 0:
            hook.after_train_epoch(runner)
    return [list(own) for own in zip(*used, strict=True)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("begin", [0, 7])
def test_rates_equal_those_of_a_training(schedule, begin):
    wrapper, schedulers = build(schedule)
    epoch = 6 if schedule == "epochs" else ITERATIONS
    train(wrapper, schedulers, 0, begin, epoch)
    before = copy.deepcopy([wrapper.optimizer.state_dict(), *(own.state_dict() for own in schedulers)])
    found = learning_rates(schedulers, wrapper.param_groups, begin, ITERATIONS, epoch)
    assert [wrapper.optimizer.state_dict(), *(own.state_dict() for own in schedulers)] == before
    assert found[:3] == train(wrapper, schedulers, begin, ITERATIONS, epoch)


def test_the_example_of_the_docs():
    text = DOCS.read_text(encoding="utf-8")
    schedulers = {}
    exec(re.search(r"```python\n(param_scheduler = .*?)```", text, re.DOTALL)[1], schedulers)
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.ones(1))], lr=1e-6)
    built = [PARAM_SCHEDULERS.build({"end": 4000, "optimizer": optimizer, **own}) for own in schedulers["param_scheduler"]]
    (rates,) = learning_rates(built, optimizer.param_groups, 0, 4000, 4000)
    assert f"`Learning rate: {describe_rates(rates)}.`" in text


def test_a_group_for_each_parameter_is_quick():
    wrapper, schedulers = build("warm_cosine", [1.0, 0.1] * 150)
    begin = time.process_time()
    rates = learning_rates(schedulers, wrapper.param_groups, 0, 4000, 4000)
    assert time.process_time() - begin < 2
    assert len(rates) == 301
    assert rates[2] == rates[0] != rates[1] == rates[299]


@pytest.mark.parametrize(
    ("rates", "begin", "text"),
    [
        ([0.1], 0, "0.1 in iterations 1 to 1"),
        ([1e-6] * 9, 4, "1e-06 in iterations 5 to 13"),
        ([0.1, 0.2, 0.3, 0.2], 0, "0.1 at iteration 1, 0.3 at 3, 0.2 at 4"),
        ([1.0, 1.0, 0.1, 0.1, 0.1], 10, "1 at iteration 11, 1 at 12, 0.1 at 13, 0.1 at 15"),
        ([0.1, 0.1 * (1 + 1e-14), 0.1], 0, "0.1 in iterations 1 to 3"),
        (
            [0.5, *[0.1, 0.9] * 8, 0.3],
            0,
            "0.5 at iteration 1, 0.1 at 2, 0.9 at 3, 0.1 at 4, 0.9 at 5, 12 more turns (highest 0.9 at 3, lowest 0.1 at 2), "
            "0.3 at 18",
        ),
    ],
)
def test_the_text_of_a_schedule(rates, begin, text):
    assert describe_rates(rates, begin) == text
