# SPDX-License-Identifier: Apache-2.0
"""Does a published mean agree with the spread of our seeds?"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev

# The published tables are means of 5 seeds.
PUBLISHED_SEEDS = 5
CONFIDENCE = 0.95
RULE = (
    "Within the spread: the published value lies in mean +- t(0.975, n - 1) * std * sqrt(1/n + 1/5), the 95 % prediction "
    "interval for the mean of 5 further seeds, from n seeds. It assumes that the authors' seeds vary as much as yours: their "
    "standard deviation is not published."
)


def seed_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % prediction interval for the mean of 5 further seeds.

    With the mean m and the standard deviation s of n values, it is m +- t(0.975, n - 1) s sqrt(1/n + 1/5), if the seeds of both
    means are independent draws of one normal distribution.

    Args:
        values: One value per seed.

    Returns:
        Lower and upper bound; None for fewer than two values, which have no spread.

    Example:
        >>> [round(bound, 2) for bound in seed_interval([2.0, 3.0, 4.0])]
        [-0.14, 6.14]
    """
    if len(values) < 2:
        return None
    # SciPy takes a while to import.
    from scipy.special import stdtrit

    count = len(values)
    half = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * stdev(values) * sqrt(1 / count + 1 / PUBLISHED_SEEDS)
    return fmean(values) - half, fmean(values) + half
