# SPDX-License-Identifier: Apache-2.0
"""Whether there are enough samples to speak of an error rate."""

from __future__ import annotations

import math

import numpy as np

from .score_table import ScoreTable
from .text_column import pairs
from .thresholds import attack_rows, parse_rule

# Without an error in n independent trials, the rate is below 3 / n with 95 % confidence.
RULE_OF_THREE = 3


def needed(rate: float) -> float:
    """Return how many samples without an error show that a rate is at most ``rate`` (95 %, the rule of three).

    Args:
        rate: 0..1.

    Returns:
        A whole number; infinity for the rate 0.

    Example:
        >>> needed(0.01), needed(0.05), needed(0.0)
        (300, 60, inf)
    """
    # Rounding first: 3 / 0.03 is above 100 in floating point.
    return math.ceil(round(RULE_OF_THREE / rate, 9)) if rate else math.inf


def independent_samples(samples: ScoreTable) -> tuple[int, dict[str, int]]:
    """Return the number of real videos, and of attack videos of each type: frames of a video are no independent samples."""
    videos, attacks = samples.video_codes(), samples.column("attack_type").coded()
    domains = pairs(samples.column("domain").coded(), videos)

    def count(rows: np.ndarray) -> int:
        return int(np.unique(domains.codes[rows]).size)

    return count(np.flatnonzero(samples.label == 1)), {
        name: count(rows) for name, rows in attack_rows(samples.label, attacks).items()
    }


def too_few(rule: str, real: int, attacks: dict[str, int]) -> str:
    """Say why samples are too few to fit a threshold rule.

    Args:
        rule: ``'eer'``, ``'apcer=X'`` or ``'bpcer=X'``.
        real: Number of real videos.
        attacks: Attack type -> number of its videos. ``'apcer=X'`` is a statement about **every** type.

    Returns:
        ``''`` if they are enough, otherwise the reason. ``'eer'`` promises no bound, so any number supports it; its intervals
        say how good the estimate is.

    Example:
        >>> too_few("apcer=0.01", 100, {"print": 30, "replay": 400})
        '30 videos of print, 300 are needed'
        >>> too_few("bpcer=0.05", 100, {"print": 30})
        ''
    """
    name, bound = parse_rule(rule)
    if name == "eer":
        return ""
    if not bound:
        return "no number of samples shows that a rate is 0"
    kind, least = min(attacks.items(), key=lambda item: item[1]) if name == "apcer" else ("genuine users", real)
    videos = f"{least} videos of {kind}" if kind else f"{least} attack videos"
    return f"{videos}, {needed(bound)} are needed" if least < needed(bound) else ""
