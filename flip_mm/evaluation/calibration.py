# SPDX-License-Identifier: Apache-2.0
"""Calibration: whether a score of 0.9 means that nine of ten such samples are real."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def calibration_error(scores: ArrayLike, labels: ArrayLike, bins: int = 15) -> float:
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
    number = np.minimum((scores * bins).astype(np.int64), bins - 1)
    surplus = np.bincount(number, weights=scores) - np.bincount(number, weights=labels)
    return float(np.abs(surplus).sum() / scores.size)
