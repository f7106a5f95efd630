# SPDX-License-Identifier: Apache-2.0
"""Compute the learning rates that schedulers will set, by stepping copies of them."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from mmengine.optim import _ParamScheduler

# Largest number of listed points; if there are more, only the first ones are listed.
POINTS, SHOWN = 10, 5


class OptimizerStub:
    """The attributes of an optimizer that a scheduler needs, without parameters.

    Args:
        groups: Parameter groups; their settings are copied.
    """

    def __init__(self, groups: Iterable[dict]) -> None:
        self.param_groups = [{name: value for name, value in group.items() if name != "params"} for group in groups]
        self._global_step = 0

    def step(self) -> None:
        """Do nothing; schedulers check mmengine's attribute ``_with_counter`` on it."""

    step._with_counter = True


def learning_rates(
    schedulers: Sequence[_ParamScheduler], groups: Sequence[dict], begin: int, end: int, epoch_length: int
) -> list[list[float]]:
    """Return the learning rates of a training, as mmengine's ``ParamSchedulerHook`` would set them.

    Args:
        schedulers: Built schedulers before iteration ``begin``. They and their optimizer are not changed.
        groups: The optimizer's parameter groups before iteration ``begin``.
        begin: First iteration, counted from 0.
        end: Iteration after the last one.
        epoch_length: Iterations of an epoch.

    Returns:
        For each group its rates in iterations ``begin`` to ``end - 1``, without schedulers that depend on a validation.
    """
    kept = _distinct(groups)
    stub = OptimizerStub(groups[i] for i in kept)
    twins = [_twin(scheduler, stub, kept) for scheduler in schedulers]
    rates: list[list[float]] = [[] for _ in kept]
    for iteration in range(begin, end):
        for group_rates, group in zip(rates, stub.param_groups, strict=True):
            group_rates.append(float(group["lr"]))
        is_end = (iteration + 1) % epoch_length == 0
        for twin in twins:
            if not twin.by_epoch:
                twin.step()
        for twin in twins if is_end else ():
            if twin.by_epoch:
                twin.step()
    place = {i: rates[k] for k, i in enumerate(kept)}
    same = [next(k for k in kept if _settings(groups[k]) == _settings(group)) for group in groups]
    return [place[i] for i in same]


def describe_rates(rates: Sequence[float], begin: int = 0) -> str:
    """Describe a sequence of rates: the first, the last, and those where it turns.

    Args:
        rates: One per iteration.
        begin: Number of iterations before the first rate.

    Example:
        >>> describe_rates([0.1, 0.2, 0.3, 0.3, 0.03])
        '0.1 at iteration 1, 0.3 at 3, 0.3 at 4, 0.03 at 5'
        >>> describe_rates([1e-6] * 4000)
        '1e-06 in iterations 1 to 4000'
    """
    last = len(rates) - 1
    turns = [_turn(a, b) for a, b in pairwise(rates)]
    if not any(turns):
        return f"{rates[0]:.4g} in iterations {begin + 1} to {begin + last + 1}"
    points = [0, *(i for i in range(1, last) if turns[i - 1] != turns[i]), last]
    named = [f"{rates[i]:.4g} at {'iteration ' * (i == 0)}{begin + i + 1}" for i in points]
    if len(points) > POINTS:
        lowest, highest = (f"{pick(rates):.4g} at {begin + rates.index(pick(rates)) + 1}" for pick in (min, max))
        named[SHOWN:-1] = [f"{len(points) - SHOWN - 1} more turns (highest {highest}, lowest {lowest})"]
    return ", ".join(named)


def _turn(before: float, after: float) -> int:
    """1 if a rate rises, -1 if it falls, 0 if it is constant."""
    return 0 if math.isclose(before, after, rel_tol=1e-12) else 1 if after > before else -1


def _twin(scheduler: _ParamScheduler, stub: OptimizerStub, kept: Sequence[int]) -> _ParamScheduler:
    """A copy that uses the stub as its optimizer."""
    twin = copy.deepcopy(scheduler, {id(scheduler.optimizer): stub})
    if hasattr(twin, "base_values"):
        twin.base_values = [twin.base_values[i] for i in kept]
    twin.verbose = False
    return twin


def _settings(group: dict) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name != "params"}


def _distinct(groups: Sequence[dict]) -> list[int]:
    """Indices of groups with new settings; hundreds of groups often have only a few different settings."""
    kept: list[int] = []
    for i, group in enumerate(groups):
        if not any(_settings(groups[k]) == _settings(group) for k in kept):
            kept.append(i)
    return kept
