# SPDX-License-Identifier: Apache-2.0
"""What a test set of a given size can tell: the width of intervals of HTER, and differences of two methods that are visible."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from .curve import Ranking
from .resampling import bootstrap_metrics
from .text_column import Codes, as_texts


def hter_deviation(rate: float, real: int, spoof: int) -> float:
    """Return the standard deviation of HTER at a fixed threshold, for independent videos.

    Args:
        rate: The true FAR and FRR, 0..1.
        real: Number of real videos.
        spoof: Number of attack videos.

    Example:
        >>> round(hter_deviation(0.05, 60, 200), 4)
        0.016
    """
    return 0.5 * (rate * (1 - rate) * (1 / real + 1 / spoof)) ** 0.5


def visible_difference(rate: float, real: int, spoof: int, correlation: float = 0.0, power: float = 0.8) -> float:
    """Return the smallest true difference of two methods' HTER that a two-sided test at 5 % finds with a probability.

    Args:
        rate: FAR and FRR of both methods, 0..1.
        real: Number of real videos.
        spoof: Number of attack videos.
        correlation: Correlation of the errors of the two methods on the same videos; 0 for different videos.
        power: The probability.

    Example:
        >>> round(visible_difference(0.05, 60, 200), 4), round(visible_difference(0.05, 60, 200, 0.5), 4)
        (0.0636, 0.0449)
    """
    normal = NormalDist()
    return (normal.inv_cdf(0.975) + normal.inv_cdf(power)) * (2 * (1 - correlation)) ** 0.5 * hter_deviation(rate, real, spoof)


def bootstrap_half_width(rate: float, real: int, spoof: int, fixed: bool, sets: int = 10, seed: int = 0) -> float:
    """Return half of the width of the 95 % bootstrap interval of HTER, the mean over simulated test sets.

    The logits of both classes are normal with equal variance, so that FAR and FRR are equal at the threshold 0.5.

    Args:
        rate: The true FAR and FRR at that threshold, 0..1.
        real: Number of real videos.
        spoof: Number of attack videos.
        fixed: The threshold is 0.5; otherwise it is fitted on each resample, as with the threshold rule ``'paper'``.
        sets: Number of simulated test sets.
        seed: Seed.
    """
    rng = np.random.default_rng(seed)
    labels = np.repeat([1, 0], [real, spoof])
    logits = NormalDist().inv_cdf(1 - rate) * np.where(labels == 1, 1, -1)
    videos, attacks = np.arange(real + spoof, dtype=np.int32), np.zeros(real + spoof, np.int32)
    groups = Codes(as_texts([str(video) for video in videos]), videos)
    widths = []
    for _ in range(sets):
        scores = 1 / (1 + np.exp(-logits - rng.normal(size=logits.size)))
        ranking, threshold = Ranking.of(scores, labels), 0.5 if fixed else None
        low, high = bootstrap_metrics(ranking, groups, threshold, "eer", Codes(as_texts([""]), attacks))[0]
        widths.append((high - low) / 2)
    return float(np.mean(widths)) / 100
