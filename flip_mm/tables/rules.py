# SPDX-License-Identifier: Apache-2.0
"""The rules of a table: how the checkpoints and thresholds of all its results were chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flip_mm.evaluation.options import DEPLOY, PAPER, current_name
from flip_mm.evaluation.results import Result
from flip_mm.evaluation.roles import DEV, TARGET
from flip_mm.evaluation.selection import FIXED, RULES, TARGET_ORACLE, get_rule

ORACLE = "an oracle, optimistic"
# How the published values were chosen: selection rule, threshold rule, level and role.
PUBLISHED = (TARGET_ORACLE, PAPER, "video", TARGET)
# The metric of that selection.
PUBLISHED_METRIC = "target/HTER"


@dataclass(frozen=True, order=True)
class Rules:
    """What all results of a table share.

    Attributes:
        selection: Name of the selection rule; ``''`` if unknown.
        metric: Metric of the selection, ``'target/HTER'``.
        threshold: Short name of the threshold rule.
        threshold_oracle: Whether the threshold was fitted with labels of the target.
        level: ``'video'`` or ``'frame'``.
        role: ``'target'`` or ``'dev'``.
        is_oracle: Whether the checkpoint was chosen with labels of the target.
    """

    selection: str
    metric: str
    threshold: str
    threshold_oracle: bool
    level: str
    role: str
    is_oracle: bool

    @classmethod
    def of(cls, result: Result) -> Rules:
        """Return the rules of a result."""
        known = result.provenance
        selection = known.rule.name if known.rule else ""
        chosen = (result.threshold, result.threshold_oracle, result.level, result.role)
        return cls(selection, known.selection_metric, *chosen, known.is_oracle)

    @property
    def is_published(self) -> bool:
        """Whether the published values were chosen in the same way."""
        return (self.selection, self.threshold, self.level, self.role) == PUBLISHED and self.metric in ("", PUBLISHED_METRIC)

    def header(self) -> list[str]:
        """Return the lines above a table."""
        meaning = RULES[self.selection].meaning if self.selection else "unknown how the checkpoints were chosen"
        by = f" by {self.metric}" if self.metric else ""
        checkpoint = f"Checkpoint: {self.selection or 'unknown'} ({meaning}{by}{f'; {ORACLE}' if self.is_oracle else ''})."
        fitted = f" (fitted on the labels of the target; {ORACLE})" if self.threshold_oracle else ""
        if self.threshold.startswith(f"{DEV} ("):
            fitted = ", fitted on held-out source videos"
        scores = f"Scores of {self.level}s" + ("" if self.role == TARGET else f" of the role {self.role}")
        return [checkpoint, f"Threshold: {self.threshold}{fitted}. {scores}."]

    def line(self) -> str:
        """Return a short name."""
        return f"--rule {self.selection or 'unknown'} --threshold '{self.threshold}'"


def choose(results: Iterable[Result], rule: str | None, threshold: str | None) -> list[Result]:
    """Return the results of a selection rule and a threshold rule.

    Args:
        results: Results with any rules.
        rule: Name of the selection rule; None for all.
        threshold: ``'paper'``; ``'dev'`` for all rules fitted on ``dev``, or one of them, ``'dev (eer)'``; a number; None for
            all.

    Raises:
        ValueError: The rule does not exist, or no result has these rules.
    """
    results = list(results)
    name = None if rule is None else get_rule(rule).name
    found = [
        result
        for result in results
        if name in (None, result.provenance.rule and result.provenance.rule.name) and _is(result.threshold, threshold)
    ]
    if results and not found:
        there = "; ".join(dict.fromkeys(Rules.of(result).line() for result in results))
        asked = " and ".join(f"{what} {value}" for what, value in (("--rule", name), ("--threshold", threshold)) if value)
        raise ValueError(f"no result has {asked}; the records have {there}")
    return found


def _is(found: str, asked: str | None) -> bool:
    """Compare two short names of threshold rules; earlier versions wrote ``'deploy (eer)'``."""
    if asked is None:
        return True
    asked = DEV if asked == DEPLOY else current_name(asked)
    if asked in (DEV, FIXED):
        return found.startswith(f"{asked} (")
    if found.startswith(f"{FIXED} (") and not asked.startswith(FIXED):
        try:
            return float(asked) == float(found[len(FIXED) + 2 : -1])
        except ValueError:
            return False
    return asked == found
