# SPDX-License-Identifier: Apache-2.0
"""Options of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from .curve import GRID
from .roles import DEV
from .score_table import LEVELS
from .thresholds import parse_rule

# The rules that fit a threshold; the name of DEV in earlier versions.
PAPER, DEPLOY = "paper", "deploy"


@dataclass(frozen=True)
class EvaluationOptions:
    """How an evaluation chooses its threshold and what a sample is.

    Args:
        threshold: ``'paper'`` fits a threshold on the scores of each role, as in the published tables; this is optimistic.
            ``'dev'`` fits it on the scores of the role ``dev`` and applies it to all roles; ``'deploy'`` means the same. A
            number in 0..1.1 is a fixed threshold (1.1 rejects everything).
        level: ``'video'`` averages the scores of the frames of a video; with ``'frame'`` every frame is a sample.
        rule: The threshold rule for ``'dev'``, see :func:`~flip_mm.evaluation.thresholds.fit_threshold`; ``'paper'`` always
            uses ``'eer'``.

    Raises:
        ValueError: A value is invalid.
    """

    threshold: str | float = PAPER
    level: str = "video"
    rule: str = "eer"

    def __post_init__(self) -> None:
        if self.threshold == DEPLOY:
            object.__setattr__(self, "threshold", DEV)
        is_number = isinstance(self.threshold, (int, float)) and not isinstance(self.threshold, bool)
        if self.threshold not in (PAPER, DEV) and not (is_number and 0 <= self.threshold <= GRID[-1]):
            raise ValueError(f"threshold must be 'paper', 'dev' or a number in 0..{GRID[-1]}, got {self.threshold!r}.")
        if self.level not in LEVELS:
            raise ValueError(f"level must be one of {', '.join(map(repr, LEVELS))}, got {self.level!r}.")
        parse_rule(self.rule)
        if self.rule != "eer" and self.threshold != DEV:
            raise ValueError(f"rule={self.rule!r} is for threshold='dev', got threshold={self.threshold!r}.")

    def __str__(self) -> str:
        """Return a short name."""
        if self.threshold == DEV:
            return f"'{DEV}', {self.rule}"
        return f"'{PAPER}'" if self.threshold == PAPER else "fixed"

    @property
    def threshold_rule(self) -> str:
        """The threshold rule, for tables: ``'paper'``, ``'dev (eer)'``, ``'fixed (0.5)'``."""
        if self.threshold in (PAPER, DEV):
            return PAPER if self.threshold == PAPER else f"{DEV} ({self.rule})"
        return f"fixed ({self.threshold})"

    def is_oracle(self, role: str) -> bool:
        """Return whether the threshold of a role is fitted with labels of the target, so that its metrics are optimistic."""
        return self.threshold == PAPER and role != DEV

    def origin(self, role: str) -> str:
        """Describe how the threshold of a role is chosen."""
        if self.threshold == PAPER:
            return "threshold fitted on the same scores ('paper', optimistic)"
        if self.threshold == DEV:
            scores = "the same scores" if role == DEV else f"the scores of {DEV}"
            return f"threshold fitted on {scores} ('dev', {self.rule})"
        return f"threshold fixed at {self.threshold}"


def current_name(threshold_rule: str) -> str:
    """Return the short name of a threshold rule as this version writes it; old files hold ``'deploy (eer)'``.

    Example:
        >>> current_name("deploy (apcer=0.05)")
        'dev (apcer=0.05)'
    """
    return DEV + threshold_rule.removeprefix(DEPLOY) if threshold_rule.startswith(f"{DEPLOY} (") else threshold_rule
