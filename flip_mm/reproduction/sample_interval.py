# SPDX-License-Identifier: Apache-2.0
"""95 % intervals of a result over the videos of its test set: from the record, or from the score file beside it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose, nan
from pathlib import Path

from flip_mm.evaluation.options import PAPER, EvaluationOptions
from flip_mm.evaluation.report import make_reports
from flip_mm.evaluation.results import Result
from flip_mm.evaluation.score_file import read_score_file

Interval = tuple[float, float]
# Split -> its score file, see docs/metrics.md.
FILES = dict(test="scores_{role}.csv", val="val_scores_{role}.csv")
RULE = (
    "Within the test set: the published value lies in the 95 % bootstrap interval over test videos, the mean of the bounds of "
    "your seeds. Both results are of the same videos, so chance partly cancels: a value outside differs clearly, but a value "
    "inside may differ, too."
)


def sample_intervals(result: Result, folder: Path) -> Mapping[str, Interval]:
    """Return the intervals of a result, in percent.

    Args:
        result: Its ``intervals`` are used. Without them they are computed from a score file, if the threshold was fitted on the
            same scores.
        folder: Folder of the record. A score file in it is of this result if it gives the same metrics.

    Returns:
        Metric -> lower and upper bound; empty if they are unknown.
    """
    recorded = result.intervals
    if recorded or result.threshold != PAPER:
        return recorded
    try:
        frames = read_score_file(folder / FILES[result.split].format(role=result.role)).frames
        report = make_reports({result.role: frames}, EvaluationOptions(level=result.level))[result.role]
    except (OSError, ValueError):
        return {}
    metrics = report.scalars()
    is_own = all(isclose(value, metrics.get(name, nan), abs_tol=1e-9) for name, value in result.metrics.items())
    return report.bootstrap("video") if is_own else {}
