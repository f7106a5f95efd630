# SPDX-License-Identifier: Apache-2.0
"""All checks of the trainings of one method against the published recipe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from flip_mm.tables.methods import Method

from .data_checks import compare_data
from .finding import MEASUREMENT, METHOD, SEVERITIES, UNKNOWN, Finding, not_recorded, same
from .recipe import RELEASE, compare_settings, recipe_for
from .spread import PUBLISHED_SEEDS
from .trainings import Training
from .weights import compare_weights

NOT_COMPARED = "settings not compared, because the published config is not shipped"


@dataclass(frozen=True)
class Check:
    """A finding, and the runs that it is about.

    Attributes:
        finding: The finding.
        runs: Names of the runs; empty for all.
    """

    finding: Finding
    runs: tuple[str, ...] = ()


def check_trainings(
    trainings: Sequence[Training], recipe: Mapping[str, Any] | None, method: Method | None = None
) -> list[Check]:
    """Compare trainings of one method with the published recipe.

    Args:
        trainings: Trainings of any runs and seeds.
        recipe: Settings of the published config; None if there is none.
        method: The method of another paper that the config repeats; None for those of the paper itself.

    Returns:
        The findings, those that change most first, and those without a difference last. Equal findings of several trainings
        are one.
    """
    runs: dict[Finding, list[str]] = {}
    for training in trainings:
        for finding in check_record(training.record, recipe, method):
            runs.setdefault(finding, []).append(training.run)
    every = {training.run for training in trainings}
    found = [Check(finding, () if {*own} == every else tuple(dict.fromkeys(own))) for finding, own in runs.items()]
    order = {severity: number for number, severity in enumerate(SEVERITIES)}
    # The seeds of other papers are not known.
    seeds = () if method else _seeds(trainings)
    return sorted([*found, *seeds], key=lambda check: order.get(check.finding.severity, len(order)))


def check_record(record: Mapping[str, Any], recipe: Mapping[str, Any] | None, method: Method | None = None) -> list[Finding]:
    """Compare one record with the published recipe.

    Args:
        record: Its content, see docs/records.md.
        recipe: Settings of the published config; None if there is none.
        method: See :func:`check_trainings`.
    """
    found = [_processes(record.get("world_size")), *compare_data(record, method)]
    if recipe is None:
        return [Finding(UNKNOWN, "settings", "not compared", "no shipped config", NOT_COMPARED), *found]
    recipe = recipe_for(recipe, (record.get("run") or {}).get("target"))
    settings = (record.get("config") or {}).get("settings")
    backbone = (recipe.get("model") or {}).get("backbone") or {}
    previous = PurePath(recipe.get("previous_stage") or "").stem
    weights = compare_weights(record.get("weights"), backbone, previous=previous)
    return [*compare_settings(settings, recipe, {} if method else RELEASE), *weights, *found]


def _processes(count: int | None) -> Finding:
    if count is None:
        return not_recorded("number of processes", "1")
    if count == 1:
        return same("number of processes", "1")
    phrase = f"{count} processes, so {count} times the images per step"
    return Finding(METHOD, "number of processes", str(count), "1", phrase)


def _seeds(trainings: Sequence[Training]) -> Iterable[Check]:
    seeds: dict[str, set[int]] = {}
    for training in trainings:
        seeds.setdefault(training.run, set()).update([] if training.seed is None else [training.seed])
    counts: dict[int, list[str]] = {}
    for run, known in seeds.items():
        counts.setdefault(len(known), []).append(run)
    for count, runs in sorted(counts.items()):
        where = () if len(counts) == 1 else tuple(runs)
        text = f"{count} seed" if count == 1 else f"{count} seeds"
        published = str(PUBLISHED_SEEDS)
        if count == PUBLISHED_SEEDS:
            yield Check(same("number of seeds", published), where)
        else:
            yield Check(Finding(MEASUREMENT, "number of seeds", str(count), published, f"{text} instead of {published}"), where)
