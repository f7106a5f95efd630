# SPDX-License-Identifier: Apache-2.0
"""How an evaluation takes its threshold and what it counts."""

from __future__ import annotations

from dataclasses import dataclass

from .functional import GRID
from .roles import DEV
from .score_table import LEVELS
from .thresholds import parse_rule


@dataclass(frozen=True)
class EvaluationOptions:
    """How metrics are made.

    Args:
        threshold: ``'paper'`` fits the threshold on each role's own scores, as the published tables did: an optimistic
            result. ``'deploy'`` fits it on the scores of the role ``dev`` and applies it to all roles. A number in 0..1.1 is
            a threshold fixed beforehand (1.1 rejects everything).
        level: ``'video'`` averages the scores of a video's frames first, ``'frame'`` takes every frame for itself.
        rule: For ``'deploy'``, see :func:`~flip_mm.evaluation.thresholds.fit_threshold`; ``'paper'`` is always ``'eer'``.

    Raises:
        ValueError: A value is none of these.
    """

    threshold: str | float = "paper"
    level: str = "video"
    rule: str = "eer"

    def __post_init__(self) -> None:
        is_number = isinstance(self.threshold, (int, float)) and not isinstance(self.threshold, bool)
        if self.threshold not in ("paper", "deploy") and not (is_number and 0 <= self.threshold <= GRID[-1]):
            raise ValueError(f"threshold must be 'paper', 'deploy' or a number in 0..{GRID[-1]}, got {self.threshold!r}.")
        if self.level not in LEVELS:
            raise ValueError(f"level must be one of {', '.join(map(repr, LEVELS))}, got {self.level!r}.")
        parse_rule(self.rule)
        if self.rule != "eer" and self.threshold != "deploy":
            raise ValueError(f"rule={self.rule!r} is for threshold='deploy', got threshold={self.threshold!r}.")

    def __str__(self) -> str:
        """In a word or two."""
        if self.threshold == "deploy":
            return f"'deploy', {self.rule}"
        return f"'{self.threshold}'" if self.threshold == "paper" else "fixed"

    @property
    def threshold_rule(self) -> str:
        """How the threshold is chosen, for tables: ``'paper'``, ``'deploy (eer)'``, ``'fixed (0.5)'``."""
        if self.threshold in ("paper", "deploy"):
            return "paper" if self.threshold == "paper" else f"deploy ({self.rule})"
        return f"fixed ({self.threshold})"

    def is_oracle(self, role: str) -> bool:
        """Whether a role's threshold was fitted with the labels of the target, so that the metrics are optimistic."""
        return self.threshold == "paper" and role != DEV

    def origin(self, role: str) -> str:
        """Where a role's threshold comes from, in words."""
        if self.threshold == "paper":
            return "threshold fitted on the same scores ('paper', optimistic)"
        if self.threshold == "deploy":
            scores = "the same scores" if role == DEV else f"the scores of {DEV}"
            return f"threshold fitted on {scores} ('deploy', {self.rule})"
        return f"threshold fixed at {self.threshold}"
