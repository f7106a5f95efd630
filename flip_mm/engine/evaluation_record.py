# SPDX-License-Identifier: Apache-2.0
"""The results of a validation or test as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mmengine.evaluator import Evaluator

from flip_mm.evaluation import FASMetric
from flip_mm.evaluation.report import Report
from flip_mm.evaluation.score_table import ScoreTable

# Sentences that may name videos.
LEFT_OUT = frozenset({"warnings", "provenance"})


class RoleResult(NamedTuple):
    """One role of an evaluation; ``name`` is that of its files."""

    name: str
    frames: ScoreTable
    report: Report


def role_results(evaluator: Evaluator) -> list[RoleResult]:
    """Every role of the last evaluation, for each metric of ours."""
    return [
        RoleResult(f"{metric.prefix}_{role}".replace("/", "_") if metric.prefix else role, metric.frames[role], report)
        for metric in evaluator.metrics
        if isinstance(metric, FASMetric)
        for role, report in metric.reports.items()
    ]


def evaluation_record(metrics: Mapping[str, Any] | None, results: Sequence[RoleResult]) -> dict[str, Any]:
    """All metrics of an evaluation.

    Args:
        metrics: What the evaluator returned, of any metric.
        results: What ours made of it.

    Returns:
        ``metrics``: name -> value; ``reports``: name -> counts, rates and intervals. Values that are no numbers or texts are
        left out, those that are not finite are None, as JSON knows neither.
    """
    reports = {own.name: {k: v for k, v in own.report.to_dict().items() if k not in LEFT_OUT} for own in results}
    return dict(metrics=plain_values(dict(metrics or {})), reports=plain_values(reports))


def plain_values(value: Any) -> Any:
    """Numbers and texts in dicts and lists, as JSON has them.

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
