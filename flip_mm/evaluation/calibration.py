# SPDX-License-Identifier: Apache-2.0
"""Calibration: whether a score of 0.9 means that nine of ten such samples are real."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .checks import Floats, Ints
from .uncertainty import wilson

BINS = 15


class ReliabilityBin(NamedTuple):
    """The samples with a score in an interval.

    Attributes:
        low: Lower end of the interval.
        high: Upper end.
        total: Number of samples, above 0.
        real: Number of real samples among them.
        score: Their mean score.
    """

    low: float
    high: float
    total: int
    real: int
    score: float

    @property
    def share(self) -> float:
        """The share of real samples, 0..1. Calibrated scores have ``share`` near ``score``."""
        return self.real / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the share."""
        return wilson(self.real, self.total)


def calibration_error(scores: ArrayLike, labels: ArrayLike, bins: int = BINS) -> float:
    """Return the expected calibration error of the probability of real: equal-width bins, weighted by their number of samples.

    Args:
        scores: (N,) in 0..1.
        labels: (N,).
        bins: Number of bins.

    Returns:
        The mean over samples of |mean score - share of real| in their bin, 0..1. It depends on the share of real in the test.

    Example:
        >>> round(calibration_error([0.2, 0.2, 0.9, 0.9], [0, 1, 1, 1]), 3)  # (2 * |0.2 - 0.5| + 2 * |0.9 - 1|) / 4
        0.2
    """
    scores, labels = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    number = _bin_of(scores, bins)
    surplus = np.bincount(number, weights=scores) - np.bincount(number, weights=labels)
    return float(np.abs(surplus).sum() / scores.size)


def reliability(scores: ArrayLike, labels: ArrayLike, bins: int = BINS) -> list[ReliabilityBin]:
    """Return the bins of :func:`calibration_error` that have samples, in the order of their scores.

    Args:
        scores: (N,) in 0..1.
        labels: (N,).
        bins: Number of bins.

    Example:
        >>> [(b.total, b.real, b.score) for b in reliability([0.2, 0.2, 0.875, 0.875], [0, 1, 1, 1])]
        [(2, 1, 0.2), (2, 2, 0.875)]
    """
    scores, labels = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    number = _bin_of(scores, bins)
    totals, real = np.bincount(number, minlength=bins), np.bincount(number, labels, bins)
    sums = np.bincount(number, scores, bins)
    return [
        ReliabilityBin(
            place / bins, (place + 1) / bins, int(totals[place]), int(real[place]), float(sums[place] / totals[place])
        )
        for place in np.flatnonzero(totals).tolist()
    ]


def brier_score(scores: ArrayLike, labels: ArrayLike) -> float:
    """Return the mean squared difference of score and label, 0..1; 0.25 is that of a constant 0.5.

    Args:
        scores: (N,) in 0..1.
        labels: (N,).
    """
    return float(np.mean((np.asarray(scores, dtype=np.float64) - np.asarray(labels)) ** 2))


def _bin_of(scores: Floats, bins: int) -> Ints:
    return np.minimum((scores * bins).astype(np.int64), bins - 1)
