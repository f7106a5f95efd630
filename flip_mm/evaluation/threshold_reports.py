# SPDX-License-Identifier: Apache-2.0
"""The metrics of the same scores under several threshold rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .options import PAPER, EvaluationOptions
from .report import Report, make_reports
from .roles import DEV
from .score_table import ScoreTable


def both_rules(frames: Mapping[str, ScoreTable], report: Report) -> list[EvaluationOptions]:
    """Return the threshold rules ``'paper'`` and ``'dev'`` for a report; none for the role ``dev`` or without its scores.

    Args:
        frames: Role -> scores of its frames.
        report: The report of one of these roles. If its threshold is fitted on ``dev``, its rule is kept.
    """
    if DEV not in frames or report.role == DEV:
        return []
    level, rule = report.options.level, report.options.rule
    return [EvaluationOptions(PAPER, level), EvaluationOptions(DEV, level, rule)]


def reports_at(frames: Mapping[str, ScoreTable], report: Report, wanted: Iterable[EvaluationOptions]) -> dict[str, Report]:
    """Return the reports of a role under several threshold rules.

    Args:
        frames: Role -> scores of its frames.
        report: The report of one of these roles.
        wanted: Further threshold rules.

    Returns:
        Threshold rule -> report; the given one first. A rule that the scores do not allow is left out: ``'dev'``, if videos of
        the role are also in ``dev``.
    """
    found = {report.options.threshold_rule: report}
    for options in wanted:
        if options.threshold_rule not in found:
            try:
                found[options.threshold_rule] = make_reports(frames, options, report.provenance)[report.role]
            except ValueError:
                continue
    return found
