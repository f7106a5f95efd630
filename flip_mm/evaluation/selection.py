# SPDX-License-Identifier: Apache-2.0
"""Selection rules: how the reported checkpoint of a training was chosen.

A rule that uses labels of the target is an oracle. Its results are optimistic, because nobody has these labels before the
system is in use. Most published tables use such a rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from .directions import direction_of
from .options import DEPLOY, current_name
from .roles import DEV, TARGET

TARGET_ORACLE, VALIDATION, LAST, FIXED, OTHER_TARGET = "target-oracle", "validation", "last", "fixed", "other-target"
# Earlier versions wrote the name on the left into records, checkpoints and score files.
EARLIER_NAMES = {"target": TARGET_ORACLE}


@dataclass(frozen=True)
class SelectionRule:
    """A rule to choose a checkpoint.

    Attributes:
        name: Key in ``RULES``.
        meaning: Description, printed next to metrics.
        uses_target: Whether the rule uses labels of the target (an oracle).
    """

    name: str
    meaning: str
    uses_target: bool


RULES: dict[str, SelectionRule] = {
    rule.name: rule
    for rule in (
        SelectionRule(TARGET_ORACLE, "checkpoint chosen on the target's own test set", uses_target=True),
        SelectionRule(VALIDATION, "checkpoint chosen on all validation images, the target's included", uses_target=True),
        SelectionRule(DEV, "checkpoint chosen on held-out source videos", uses_target=False),
        SelectionRule(LAST, "checkpoint of the last iteration", uses_target=False),
        SelectionRule(FIXED, "checkpoint of an iteration fixed before the training", uses_target=False),
        SelectionRule(OTHER_TARGET, "checkpoint chosen on the test set of another target", uses_target=False),
    )
}


def get_rule(name: str) -> SelectionRule:
    """Return the rule of a name; ``'target'``, the name of earlier versions, is ``'target-oracle'``.

    Raises:
        ValueError: The rule is unknown.
    """
    name = EARLIER_NAMES.get(name, name)
    if name not in RULES:
        raise ValueError(f"The selection rule {name!r} does not exist; choose from {', '.join(RULES)}.")
    return RULES[name]


def rule_of(save_best: str | None) -> SelectionRule:
    """Return the rule of a checkpoint hook's ``save_best``.

    Args:
        save_best: Name of one metric, with or without prefix; None or ``''`` if no best checkpoint is kept.

    Returns:
        ``'target-oracle'`` or ``'dev'`` for metrics of the role ``target`` or ``dev``; ``'last'`` without a metric;
        ``'validation'`` for any other metric, such as ``'accuracy/top1'``, because it is computed on all validation images.

    Example:
        >>> [rule_of(name).name for name in ("target/HTER", "cross/dev/AUC", "accuracy/top1", None)]
        ['target-oracle', 'dev', 'validation', 'last']
    """
    if not save_best:
        return RULES[LAST]
    role = save_best.split("/")[-2] if "/" in save_best else ""
    return RULES[{TARGET: TARGET_ORACLE, DEV: DEV}.get(role, VALIDATION)]


def select_iteration(
    validations: Sequence[Mapping[str, Any]], rule: str, metric: str = "HTER", iteration: int | None = None
) -> int:
    """Choose a checkpoint from the metrics of all validations of one training.

    Args:
        validations: One mapping per validation and role with ``role``, ``iteration`` and ``metrics`` (name -> value), in any
            order; further keys are ignored.
        rule: ``'target-oracle'``, ``'dev'``, ``'last'`` or ``'fixed'``.
        metric: The metric for ``'target-oracle'`` and ``'dev'``.
        iteration: The iteration for ``'fixed'``.

    Returns:
        The iteration. Of equally good ones, the **last**, as in the published tables and in
        :class:`~flip_mm.engine.best_checkpoint_hook.BestCheckpointHook`.

    Raises:
        ValueError: The rule is unknown, there are no validations, the metric is missing, not finite or has no direction, or the
            iteration was not validated.

    Example:
        >>> rows = [dict(role="dev", iteration=i, metrics={"HTER": value}) for i, value in ((10, 5.0), (20, 3.0), (30, 3.0))]
        >>> select_iteration(rows, "dev"), select_iteration(rows, "fixed", iteration=10)
        (30, 10)
    """
    rule = get_rule(rule).name
    if rule == VALIDATION:
        raise ValueError(f"The rule 'validation' is for metrics without a role; choose '{TARGET_ORACLE}' or '{DEV}'.")
    if rule in (TARGET_ORACLE, DEV):
        role = DEV if rule == DEV else TARGET
        return _best_iteration([row for row in validations if row["role"] == role], role, metric)
    known = sorted({row["iteration"] for row in validations})
    if rule == FIXED:
        if iteration not in known:
            raise ValueError(f"Iteration {iteration} was not validated; there are {', '.join(map(str, known)) or 'none'}.")
        return iteration
    if not known:
        raise ValueError("There are no validations to choose a checkpoint from.")
    return known[-1]


def _best_iteration(rows: Sequence[Mapping[str, Any]], role: str, metric: str) -> int:
    if not rows:
        raise ValueError(f"There are no validations of the role '{role}' to choose a checkpoint from.")
    direction = direction_of(metric)
    if direction is None:
        raise ValueError(f"A checkpoint cannot be chosen by {metric!r}: it is not known whether higher or lower is better.")
    sign = 1 if direction == "greater" else -1
    for row in rows:
        if not isfinite(row["metrics"].get(metric, float("nan"))):
            raise ValueError(f"The validation at iteration {row['iteration']} has no value of {metric} for the role '{role}'.")
    # For equal metrics, max() compares the iterations: the later one is chosen.
    return max((sign * row["metrics"][metric], row["iteration"]) for row in rows)[1]


@dataclass(frozen=True)
class Selected:
    """The metrics of a training under one selection rule and one threshold rule.

    Attributes:
        rule: Name of the selection rule.
        metric: The metric that chose the checkpoint, ``'dev/HTER'``; ``''`` for the last one.
        threshold: Short name of the threshold rule: ``'paper'``, ``'dev (eer)'``, ``'fixed (0.5)'``.
        iteration: Iteration of the checkpoint.
        report: The report in the record.
    """

    rule: str
    metric: str
    threshold: str
    iteration: int
    report: Mapping[str, Any]


def combinations(record: Mapping[str, Any], role: str = TARGET, level: str = "video") -> list[Selected]:
    """Return all combinations of selection rule and threshold rule that the validations of a record hold.

    Args:
        record: Content of a ``record.json``.
        role: The role that is reported.
        level: ``'video'`` or ``'frame'``.

    Returns:
        The combinations in the order of ``RULES``. A training that was stopped has no last checkpoint.
    """
    iterations = record.get("iterations") or {}
    last = iterations.get("done") if iterations.get("done") == iterations.get("planned") else None
    found = []
    for validation in record.get("validations") or ():
        iteration = validation["iteration"]
        for metric in [*(validation.get("best_by") or ()), *([""] if iteration == last else [])]:
            found += [
                Selected(rule_of(metric).name, metric, current_name(report["threshold_rule"]), iteration, report)
                for report in validation["reports"].values()
                if (report["role"], report["level"]) == (role, level)
            ]
    return sorted(found, key=lambda one: [*RULES].index(one.rule))


def select(record: Mapping[str, Any], rule: str, threshold: str | float, **options: str) -> Selected:
    """Return the metrics of a training under a selection rule and a threshold rule.

    Args:
        record: Content of a ``record.json``.
        rule: Name of the selection rule.
        threshold: ``'paper'``, ``'dev'``, ``'dev (apcer=0.05)'``, or the number of a fixed threshold.
        **options: See :func:`combinations`.

    Raises:
        ValueError: The rule is unknown, or the record holds no result of them, or several.
    """
    rule = get_rule(rule).name
    number = isinstance(threshold, (int, float))
    name = f"fixed ({threshold})" if number else DEV if threshold == DEPLOY else current_name(threshold)
    held = combinations(record, **options)
    found = [one for one in held if one.rule == rule and name in (one.threshold, one.threshold.partition(" ")[0])]
    if len(found) == 1:
        return found[0]
    shown = ", ".join(dict.fromkeys(f"{one.rule} with {one.threshold}" for one in held)) or "none"
    many = ", ".join(f"{one.metric or one.rule} with {one.threshold}" for one in found)
    raise ValueError(
        f"The record holds {f'several results ({many})' if found else 'no result'} of the selection rule {rule} with the "
        f"threshold rule {name}; it holds {shown}."
    )
