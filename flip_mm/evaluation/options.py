# SPDX-License-Identifier: Apache-2.0
"""Options of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from .curve import GRID
from .roles import DEV
from .score_table import LEVELS
from .thresholds import parse_rule


@dataclass(frozen=True)
class EvaluationOptions:
    """How an evaluation chooses its threshold and what a sample is.

    Args:
        threshold: ``'paper'`` fits a threshold on the scores of each role, as in the published tables; this is optimistic.
            ``'deploy'`` fits it on the scores of the role ``dev`` and applies it to all roles. A number in 0..1.1 is a fixed
            threshold (1.1 rejects everything).
        level: ``'video'`` averages the scores of the frames of a video; with ``'frame'`` every frame is a sample.
        rule: The threshold rule for ``'deploy'``, see :func:`~flip_mm.evaluation.thresholds.fit_threshold`; ``'paper'`` always
            uses ``'eer'``.

    Raises:
        ValueError: A value is invalid.
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
        """Return a short name."""
        if self.threshold == "deploy":
            return f"'deploy', {self.rule}"
        return f"'{self.threshold}'" if self.threshold == "paper" else "fixed"

    @property
    def threshold_rule(self) -> str:
        """The threshold rule, for tables: ``'paper'``, ``'deploy (eer)'``, ``'fixed (0.5)'``."""
        if self.threshold in ("paper", "deploy"):
            return "paper" if self.threshold == "paper" else f"deploy ({self.rule})"
        return f"fixed ({self.threshold})"

    def is_oracle(self, role: str) -> bool:
        """Return whether the threshold of a role is fitted with labels of the target, so that its metrics are optimistic."""
        return self.threshold == "paper" and role != DEV

    def origin(self, role: str) -> str:
        """Describe how the threshold of a role is chosen."""
        if self.threshold == "paper":
            return "threshold fitted on the same scores ('paper', optimistic)"
        if self.threshold == "deploy":
            scores = "the same scores" if role == DEV else f"the scores of {DEV}"
            return f"threshold fitted on {scores} ('deploy', {self.rule})"
        return f"threshold fixed at {self.threshold}"
