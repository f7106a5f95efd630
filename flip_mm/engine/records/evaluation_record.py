# SPDX-License-Identifier: Apache-2.0
"""Convert the results of a validation or test to plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mmengine.evaluator import Evaluator

from flip_mm.evaluation import FASMetric
from flip_mm.evaluation.report import Report
from flip_mm.evaluation.score_table import ScoreTable

# Not recorded: sentences that may contain names of videos.
LEFT_OUT = frozenset({"warnings", "provenance"})


class RoleResult(NamedTuple):
    """The result of one role; ``name`` is used in file names."""

    name: str
    frames: ScoreTable
    report: Report


def role_results(evaluator: Evaluator) -> list[RoleResult]:
    """Return the result of every role of the last evaluation, for each ``FASMetric``."""
    return [
        RoleResult(f"{metric.prefix}_{role}".replace("/", "_") if metric.prefix else role, metric.frames[role], report)
        for metric in evaluator.metrics
        if isinstance(metric, FASMetric)
        for role, report in metric.reports.items()
    ]


def evaluation_record(metrics: Mapping[str, Any] | None, results: Sequence[RoleResult]) -> dict[str, Any]:
    """Return all metrics of an evaluation as plain data.

    Args:
        metrics: Values from the evaluator, of any metric.
        results: From :func:`role_results`.

    Returns:
        ``metrics``: name -> value; ``reports``: name -> counts, rates and intervals. Only numbers and texts are kept; NaN and
        infinity become None, as JSON has neither.
    """
    reports = {result.name: {k: v for k, v in result.report.to_dict().items() if k not in LEFT_OUT} for result in results}
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


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, Mapping, list, tuple)) or hasattr(value, "tolist")
