# SPDX-License-Identifier: Apache-2.0
"""How far metrics of few videos can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from .checks import Floats, Ints
from .functional import group


def wilson(errors: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of an error rate, two-sided.

    It takes the trials for independent and the threshold for fixed beforehand.

    Args:
        errors: Trials that went wrong.
        total: Trials, above 0.
        confidence: Coverage.

    Returns:
        Lower and upper bound, 0..1.

    Raises:
        ValueError: The counts are impossible.

    Example:
        >>> [round(bound, 4) for bound in wilson(0, 60)]
        [0.0, 0.0602]
    """
    if not 0 <= errors <= total or not total:
        raise ValueError(f"{errors} errors of {total} trials have no rate.")
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    centre = errors + z2 / 2
    half = (z2 * (errors * (total - errors) / total + z2 / 4)) ** 0.5
    # The bounds are exactly 0 and 1 there, rounding would leave a speck.
    low = (centre - half) / (total + z2) if errors else 0.0
    high = (centre + half) / (total + z2) if errors < total else 1.0
    return low, high


def bootstrap(
    measure: Callable[[Ints], Sequence[float]],
    labels: ArrayLike,
    groups: Iterable[str],
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Floats:
    """Percentile intervals of any metrics, resampling whole groups.

    A group is what is independent of the others: a video, or a subject with all its videos. Groups are drawn with replacement
    and apart for those that hold real samples only, spoof samples only, or both: every resample has both classes, and a
    subject's real and attack videos stay together.

    Args:
        measure: Rows (M,) of a resample -> K metrics.
        labels: (N,).
        groups: N names.
        resamples: How many.
        seed: Of numpy's generator; the same seed gives the same intervals.
        confidence: Coverage.

    Returns:
        (K, 2) lower and upper bounds.

    Raises:
        ValueError: ``resamples`` is below 1.

    Example:
        >>> scores = np.array([0.1, 0.3, 0.2, 0.9])
        >>> bootstrap(lambda rows: [scores[rows].mean()], [0, 0, 0, 1], "abcd").round(3).tolist()
        [[0.3, 0.45]]
    """
    if resamples < 1:
        raise ValueError(f"A bootstrap needs 1 resample at least, got {resamples}.")
    numbers = group(groups)[1]
    members = np.argsort(numbers, kind="stable")
    sizes = np.bincount(numbers)
    starts = np.cumsum(sizes) - sizes
    real = np.bincount(numbers, weights=np.asarray(labels)).astype(np.int64)
    kinds = (real > 0).astype(int) + (real == sizes)
    strata = [np.flatnonzero(kinds == kind) for kind in range(3)]
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        drawn = np.concatenate([rng.choice(stratum, stratum.size) for stratum in strata if stratum.size])
        counts = sizes[drawn]
        # Row i of the resample is its group's start plus how many rows of the same draw came before.
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        found.append(measure(members[np.repeat(starts[drawn], counts) + offsets]))
    tail = (1 - confidence) / 2
    return np.quantile(np.array(found), [tail, 1 - tail], axis=0).T


def calibration_error(scores: ArrayLike, labels: ArrayLike, bins: int = 15) -> float:
    """Expected calibration error of the probability of real: bins of equal width, weighted by their share of the samples.

    Args:
        scores: (N,) in 0..1.
        labels: (N,).
        bins: How many.

    Returns:
        The mean over samples of |mean score - share of real| of their bin, 0..1. It depends on the classes' shares in the test.

    Example:
        >>> round(calibration_error([0.2, 0.2, 0.9, 0.9], [0, 1, 1, 1]), 3)  # (2 * |0.2 - 0.5| + 2 * |0.9 - 1|) / 4
        0.2
    """
    scores, labels = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    number = np.minimum((scores * bins).astype(np.int64), bins - 1)
    surplus = np.bincount(number, weights=scores) - np.bincount(number, weights=labels)
    return float(np.abs(surplus).sum() / scores.size)
