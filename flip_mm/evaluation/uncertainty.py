# SPDX-License-Identifier: Apache-2.0
"""Confidence intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from .checks import Floats, Ints
from .text_column import Codes, by_appearance


def wilson(errors: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the two-sided Wilson score interval of an error rate.

    It assumes independent trials and a threshold that was fixed beforehand.

    Args:
        errors: Number of errors.
        total: Number of trials, above 0.
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
    # These bounds are exactly 0 and 1; the formula would add a rounding error.
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
    """Return bootstrap percentile intervals of metrics, with resampling of whole groups.

    A group is a video, or a subject with all its videos. Groups are drawn with replacement, separately for groups with only
    real samples, only spoof samples, and both. So every resample has both classes, and the real and attack videos of a subject
    stay together.

    Args:
        measure: Function: rows (M,) of a resample -> K metrics.
        labels: (N,).
        groups: N names of groups, hashable.
        resamples: Number of resamples.
        seed: Seed of numpy's generator; the same seed gives the same intervals.
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
    numbers, size = groups_of(groups)
    members = np.argsort(numbers, kind="stable")
    sizes = np.bincount(numbers, minlength=size)
    starts = np.cumsum(sizes) - sizes
    found = []
    for drawn in draws(labels, numbers, resamples, seed):
        counts = sizes[drawn]
        # Row i of the resample is the start of its group plus the number of earlier rows of the same draw.
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        found.append(measure(members[np.repeat(starts[drawn], counts) + offsets]))
    return percentiles(np.array(found), confidence)


def groups_of(names: Iterable[str] | Codes) -> tuple[Ints, int]:
    """Number groups in the order of their first appearance.

    Returns:
        The number (N,) of each row's group, and the number of groups.
    """
    coded = names if isinstance(names, Codes) else Codes.of(names)
    numbers, first = by_appearance(coded.codes, len(coded.names))
    return numbers, first.size


def draws(labels: ArrayLike, numbers: Ints, resamples: int, seed: int) -> Iterator[Ints]:
    """Draw whole groups with replacement, see :func:`bootstrap`.

    Args:
        labels: (N,).
        numbers: (N,) group of each row, from :func:`groups_of`.
        resamples: Number of resamples.
        seed: Seed of numpy's generator.

    Yields:
        The groups of a resample.

    Raises:
        ValueError: ``resamples`` is below 1.
    """
    if resamples < 1:
        raise ValueError(f"A bootstrap needs at least 1 resample, got {resamples}.")
    sizes = np.bincount(numbers)
    real = np.bincount(numbers, weights=np.asarray(labels)).astype(np.int64)
    kinds = (real > 0).astype(int) + (real == sizes)
    strata = [np.flatnonzero(kinds == kind) for kind in range(3)]
    rng = np.random.default_rng(seed)
    for _ in range(resamples):
        # The draws of rng.choice(stratum, stratum.size), in half the time.
        yield np.concatenate([stratum.take(rng.integers(0, stratum.size, stratum.size)) for stratum in strata if stratum.size])


def percentiles(found: Floats, confidence: float = 0.95) -> Floats:
    """Return the interval (K, 2) of each of K metrics from their values (resamples, K)."""
    tail = (1 - confidence) / 2
    return np.quantile(found, [tail, 1 - tail], axis=0).T
