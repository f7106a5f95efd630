# SPDX-License-Identifier: Apache-2.0
"""Convert the results of a validation or test to plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from mmengine.evaluator import Evaluator

from flip_mm.evaluation import FASMetric
from flip_mm.evaluation.report import Report
from flip_mm.evaluation.roles import DEV
from flip_mm.evaluation.score_table import ScoreTable
from flip_mm.evaluation.threshold_reports import both_rules, reports_at

# Not recorded: sentences that may contain names of videos.
LEFT_OUT = frozenset({"warnings", "provenance"})
# A bootstrap of more samples takes seconds, and its intervals are narrow.
MOST_SAMPLES = 100_000
RESAMPLES = 1000


class RoleResult(NamedTuple):
    """The result of one role; ``name`` is used in file names."""

    name: str
    frames: ScoreTable
    report: Report


def role_results(evaluator: Evaluator) -> list[RoleResult]:
    """Return the result of every role of the last evaluation, for each ``FASMetric``."""
    return [
        RoleResult(_name(metric, role), metric.frames[role], report)
        for metric in evaluator.metrics
        if isinstance(metric, FASMetric)
        for role, report in metric.reports.items()
    ]


def evaluation_record(metrics: Mapping[str, Any] | None, evaluator: Evaluator) -> dict[str, Any]:
    """Return all metrics of an evaluation as plain data.

    Args:
        metrics: Values from the evaluator, of any metric.
        evaluator: The evaluator after the evaluation.

    Returns:
        ``metrics``: name -> value; ``reports``: name -> counts, rates and intervals. With scores of ``dev``, each other role
        has a report for both threshold rules; the second one is named ``'target, dev (eer)'`` or ``'target, paper'``. Only
        numbers and texts are kept; NaN and infinity become None, as JSON has neither.
    """
    reports = {}
    for metric in evaluator.metrics:
        if not isinstance(metric, FASMetric):
            continue
        for role, report in metric.reports.items():
            wanted = [*both_rules(metric.frames, report), *(metric.more_options if role != DEV else [])]
            name, found = _name(metric, role), reports_at(metric.frames, report, wanted)
            reports |= {name if own is report else f"{name}, {rule}": _report(own) for rule, own in found.items()}
    return dict(metrics=plain_values(dict(metrics or {})), reports=plain_values(reports))


def plain_values(value: Any) -> Any:
    """Return numbers and texts in dicts and lists as JSON values.

    Example:
        >>> plain_values({"a": (1, float("nan")), "b": object()})
        {'a': [1, None]}
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain_values(part) for key, part in value.items() if _is_plain(part)}
    if isinstance(value, (list, tuple)):
        return [plain_values(part) for part in value if _is_plain(part)]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _name(metric: FASMetric, role: str) -> str:
    return f"{metric.prefix}_{role}".replace("/", "_") if metric.prefix else role


def _report(report: Report) -> dict[str, Any]:
    described = {name: value for name, value in report.to_dict().items() if name not in LEFT_OUT}
    return described | (dict(intervals=report.bootstrap("video", RESAMPLES)) if len(report.samples) <= MOST_SAMPLES else {})


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, Mapping, list, tuple)) or hasattr(value, "tolist")
