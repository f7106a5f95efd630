# SPDX-License-Identifier: Apache-2.0
"""Tests of the difference between two detectors that scored the same videos.

``labels`` (N,) are 1 for real and 0 for spoof. ``scores`` of a detector are (N,), or (K, N) of K trainings (seeds) in the same
order of videos; the metric of K trainings is the mean of theirs. All p-values are two-sided. A test over videos asks whether
other videos would give the same sign **for these trainings**; a test over seeds asks it for other trainings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .checks import Floats, Ints, check_scores

# Up to this number of sign changes a permutation test counts all of them.
EXACT = 2**14
# Relative rounding error of a sum of the same numbers in another order.
ROUNDING = 1e-12


class Difference(NamedTuple):
    """A difference between two detectors, first minus second, as a fraction of 1, and its two-sided p-value."""

    value: float
    p: float


def delong(labels: ArrayLike, first: ArrayLike, second: ArrayLike) -> Difference:
    """Compare two AUCs by the test of DeLong, DeLong and Clarke-Pearson (1988), https://doi.org/10.2307/2531595.

    The AUC is a mean over real samples, and over spoof samples, of the share of the other class on the correct side (ties count
    half). The variance of the difference follows from these shares. They are averaged over K trainings first, so the test of
    the mean AUC is the same.

    Args:
        labels: (N,).
        first: (N,) or (K, N) scores of one detector.
        second: Scores of the other, also with another K.

    Returns:
        The difference of the AUCs. p is 1 if no share differs.

    Raises:
        ValueError: There are fewer than two samples of a class, or the scores do not fit the labels.

    Example:
        >>> labels = [1, 1, 1, 0, 0, 0]
        >>> found = delong(labels, [0.9, 0.8, 0.4, 0.5, 0.2, 0.1], [0.9, 0.3, 0.4, 0.5, 0.35, 0.1])
        >>> round(found.value, 4), round(found.p, 4)
        (0.2222, 0.3711)
    """
    y = np.asarray(labels)
    if min((y == 1).sum(), (y == 0).sum()) < 2:
        raise ValueError("DeLong's test needs at least two real and two spoof samples.")
    (real_a, spoof_a), (real_b, spoof_b) = _shares(y, first), _shares(y, second)
    real, spoof = real_a - real_b, spoof_a - spoof_b
    value = float(real.mean())
    variance = real.var(ddof=1) / real.size + spoof.var(ddof=1) / spoof.size
    if variance < ROUNDING**2:
        return Difference(value, 1.0 if abs(value) < ROUNDING else 0.0)
    return Difference(value, math.erfc(abs(value) / math.sqrt(2 * variance)))


def _shares(labels: Ints, scores: ArrayLike) -> tuple[Floats, Floats]:
    """Share of spoof samples below each real one, and of real samples above each spoof; means over the trainings."""
    real, spoof = [], []
    for row in np.atleast_2d(scores):
        values, y = check_scores(row, labels)
        ones, zeros = values[y == 1], values[y == 0]
        for own, other, found, sign in ((ones, zeros, real, 1), (zeros, ones, spoof, -1)):
            ordered = np.sort(sign * other)
            below, most = (np.searchsorted(ordered, sign * own, side) for side in ("left", "right"))
            found.append((below + most) / (2 * other.size))
    return np.mean(real, axis=0), np.mean(spoof, axis=0)


def errors(labels: ArrayLike, scores: ArrayLike, threshold: float) -> Ints:
    """Return 1 for each sample on the wrong side of a threshold: a real one below it, or a spoof at or above it."""
    return ((np.asarray(scores) >= threshold) != (np.asarray(labels) == 1)).astype(np.int64)


def mcnemar(first: ArrayLike, second: ArrayLike) -> Difference:
    """Compare two error rates over all samples by McNemar's exact test.

    It counts the samples on which only one detector is wrong: without a difference, each of the two is equally probable.

    Args:
        first: (N,) 1 where the detector is wrong, see :func:`errors`.
        second: The same of the other detector.

    Returns:
        The difference of the error rates.

    Example:
        >>> mcnemar([1, 1, 1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1]).p
        0.125
    """
    from scipy.stats import binomtest  # takes time to import

    a, b = np.asarray(first), np.asarray(second)
    only_a, only_b = int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum())
    p = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    return Difference((only_a - only_b) / a.size, float(p))


def hter_permutation(
    labels: ArrayLike, first: ArrayLike, second: ArrayLike, resamples: int = 9999, seed: int = 0
) -> Difference:
    """Compare two HTERs by exchanging the decisions of both detectors for random samples.

    With K trainings all of them are exchanged together, because their errors on a video are not independent.

    Args:
        labels: (N,).
        first: (N,) or (K, N) errors, see :func:`errors`.
        second: The same of the other detector, also with another K.
        resamples: Number of random exchanges, if all of them are more than 16,384.
        seed: Seed of the exchanges.

    Returns:
        The difference of the HTERs.
    """
    y = np.asarray(labels)
    weights = np.where(y == 1, 0.5 / max((y == 1).sum(), 1), 0.5 / max((y == 0).sum(), 1))
    return sign_flips(weights * (np.atleast_2d(first).mean(0) - np.atleast_2d(second).mean(0)), resamples, seed, total=True)


def sign_flips(differences: ArrayLike, resamples: int = 9999, seed: int = 0, total: bool = False) -> Difference:
    """Test whether paired differences are symmetric about zero, by changing their signs.

    All 2^N changes are counted if they are at most 16,384, with N the number of differences that are not zero. The smallest
    possible p is 2 / 2^N: **three seeds cannot give less than 0.25, five not less than 0.0625.**

    Args:
        differences: (N,), for instance a metric of each seed, first detector minus second.
        resamples: Number of random changes otherwise.
        seed: Their seed.
        total: Return the sum of the differences as value, instead of their mean.

    Example:
        >>> sign_flips([1.0, 2.0, 3.0])
        Difference(value=2.0, p=0.25)
    """
    given = np.asarray(differences, dtype=np.float64)
    value = float(given.sum() if total else given.mean())
    used = given[given != 0]
    limit = abs(used.sum()) - ROUNDING * np.abs(used).sum()
    if 2**used.size <= EXACT:
        numbers = np.arange(2**used.size)[:, None]
        sums = np.where((numbers >> np.arange(used.size)) & 1, 1.0, -1.0) @ used
        return Difference(value, float((np.abs(sums) >= limit).mean()))
    rng = np.random.default_rng(seed)
    sums = np.array([rng.choice((-1.0, 1.0), used.size) @ used for _ in range(resamples)])
    # The observed signs are one of the changes.
    return Difference(value, float((1 + (np.abs(sums) >= limit).sum()) / (1 + resamples)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust the p-values of several tests by Holm's method: the chance of any false finding stays below the level.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, number in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[number]))
        adjusted[number] = highest
    return adjusted
