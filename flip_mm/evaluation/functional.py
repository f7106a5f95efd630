# SPDX-License-Identifier: Apache-2.0
"""The metrics of face anti-spoofing as pure functions of numpy arrays.

Everywhere: ``scores`` (N,) float, probability of being real, 0..1; ``labels`` (N,) int, 1 real (bona fide, the positive
class) and 0 spoof (presentation attack). A sample is accepted as real when ``score >= threshold``. Metrics are fractions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import Floats, Ints, checked

# The published thresholds: i / 10000 (np.arange with a step of 1e-4 gives other floats), and one value above all scores.
GRID = np.append(np.arange(10001) / 10000, 1.1)


class VideoScores(NamedTuple):
    """Scores of V videos: names, float64 scores and int64 labels, each (V,), in order of first appearance."""

    videos: NDArray[np.str_]
    scores: Floats
    labels: Ints


class Metrics(NamedTuple):
    """Metrics of a set of scores at one threshold, as fractions of 1.

    ``hter`` = (``far`` + ``frr``) / 2; ``far`` is the share of accepted spoof samples (APCER pooled over attack types),
    ``frr`` the share of rejected real samples (BPCER). ``eer`` is the HTER at the published EER threshold of the same scores.
    """

    hter: float
    eer: float
    auc: float
    tpr_at_fpr1: float
    acc: float
    far: float
    frr: float
    threshold: float


def group(names: Iterable[str]) -> tuple[list[str], Ints]:
    """Number the distinct names in the order of their first appearance.

    Args:
        names: N names.

    Returns:
        The G distinct names, and the number (N,) of each name.

    Example:
        >>> names, numbers = group(["b", "a", "b"])
        >>> names, numbers.tolist()
        (['b', 'a'], [0, 1, 0])
    """
    found: dict[str, int] = {}
    numbers = np.fromiter((found.setdefault(name, len(found)) for name in names), np.int64)
    return list(found), numbers


def average_videos(videos: ArrayLike, scores: ArrayLike, labels: ArrayLike) -> VideoScores:
    """Average the scores of the frames of each video, in float64, summed in the given order.

    Args:
        videos: (N,) name of each frame's video.
        scores: (N,) frame scores.
        labels: (N,) frame labels.

    Returns:
        One score per video.

    Raises:
        ValueError: The lengths differ, or a video has frames of both labels.

    Example:
        >>> average_videos(["a", "b", "a"], [0.25, 1.0, 0.75], [0, 1, 0])
        VideoScores(videos=array(['a', 'b'], dtype='<U1'), scores=array([0.5, 1. ]), labels=array([0, 1]))
    """
    videos, scores, labels = (
        np.asarray(videos),
        np.asarray(scores, dtype=np.float64),
        np.asarray(labels, dtype=np.int64),
    )
    if not (videos.ndim == 1 and videos.shape == scores.shape == labels.shape):
        raise ValueError(f"Expected arrays of one shape (N,), got {videos.shape}, {scores.shape} and {labels.shape}.")
    names, numbers = group(videos.tolist())
    first = np.unique(numbers, return_index=True)[1]
    mixed = labels != labels[first[numbers]]
    if mixed.any():
        raise ValueError(f"Video '{videos[mixed][0]}' has frames of both classes: a list names it under real and under fake.")
    # bincount adds in the given order, as the published code does.
    means = np.bincount(numbers, weights=scores) / np.bincount(numbers)
    return VideoScores(np.array(names), means, labels[first])


@checked
def far_frr(scores: Floats, labels: Ints, thresholds: ArrayLike) -> tuple[Floats, Floats]:
    """Return the shares of accepted spoof samples (FAR) and of rejected real samples (FRR).

    Args:
        scores: (N,).
        labels: (N,).
        thresholds: Any shape T.

    Returns:
        FAR and FRR, both of shape T.

    Example:
        >>> far_frr([0.2, 0.6, 0.6, 0.9], [0, 0, 1, 1], 0.6)
        (np.float64(0.5), np.float64(0.0))
    """
    spoof, real = np.sort(scores[labels == 0]), np.sort(scores[labels == 1])
    rejected_spoof = np.searchsorted(spoof, thresholds, side="left")
    return (spoof.size - rejected_spoof) / spoof.size, np.searchsorted(real, thresholds, side="left") / real.size


@checked
def eer_threshold(scores: Floats, labels: Ints) -> float:
    """Return the published EER threshold: of i / 10000, i = 0..10000, and 1.1, the last one that minimises |FRR - FAR|.

    Example:
        >>> eer_threshold([0.1, 0.3, 0.6, 0.9], [0, 0, 1, 1])  # everything from 0.3001 to 0.6 separates the classes
        0.6
    """
    return float(GRID[last_smallest_gap(*far_frr.unchecked(scores, labels, GRID))])


def last_smallest_gap(far: Floats, frr: Floats) -> int:
    """Return the last index at which FAR and FRR, both (T,), differ least.

    Example:
        >>> last_smallest_gap(np.array([1.0, 0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5, 1.0]))
        2
    """
    gap = np.abs(frr - far)
    return int(np.flatnonzero(gap == gap.min())[-1])


@checked
def roc_curve(scores: Floats, labels: Ints) -> tuple[Floats, Floats, Floats]:
    """Compute the ROC curve with real as positive class, without collinear points, as scikit-learn does.

    Returns:
        FPR, TPR and thresholds, each (K,); from (0, 0) at an infinite threshold to (1, 1).

    Example:
        >>> fpr, tpr, _ = roc_curve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
        >>> fpr.tolist(), tpr.tolist()
        ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0])
    """
    order = np.argsort(-scores, kind="stable")
    scores = scores[order]
    last = np.append(np.flatnonzero(np.diff(scores)), scores.size - 1)  # of equal scores
    accepted_real = np.cumsum(labels[order])[last]
    accepted_spoof = 1 + last - accepted_real
    bends = np.ones(last.size, bool)
    bends[1:-1] = (np.diff(accepted_spoof, 2) != 0) | (np.diff(accepted_real, 2) != 0)
    fpr, tpr = (np.append(0, count[bends]) / count[-1] for count in (accepted_spoof, accepted_real))
    return fpr, tpr, np.append(np.inf, scores[last][bends])


@checked
def auc(scores: Floats, labels: Ints) -> float:
    """Return the area under the ROC curve: the probability that a real sample scores above a spoof; equal scores count half.

    Example:
        >>> auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
        0.75
    """
    return _area(*roc_curve.unchecked(scores, labels)[:2])


@checked
def tpr_at_fpr(scores: Floats, labels: Ints, fpr: float = 0.01) -> float:
    """Return the share of accepted real samples at the last point of the ROC curve with FPR <= ``fpr``.

    Example:
        >>> tpr_at_fpr([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
        0.5
    """
    fprs, tprs, _ = roc_curve.unchecked(scores, labels)
    return _tpr_at(fprs, tprs, fpr)


def _area(fprs: Floats, tprs: Floats) -> float:
    """Compute the area by the trapezoidal rule."""
    return float((np.diff(fprs) * (tprs[1:] + tprs[:-1]) / 2).sum())


def _tpr_at(fprs: Floats, tprs: Floats, fpr: float) -> float:
    return float(tprs[np.flatnonzero(fprs <= fpr)[-1]])


@checked
def metrics_at(scores: Floats, labels: Ints, threshold: float | None = None) -> Metrics:
    """Compute all metrics of a set of scores.

    Args:
        scores: (N,) video scores.
        labels: (N,).
        threshold: Threshold of HTER, ACC, FAR and FRR; None fits it on the same scores (:func:`eer_threshold`), which
            is optimistic.

    Returns:
        Fractions of 1.

    Raises:
        ValueError: See :func:`~flip_mm.evaluation.checks.check_scores`.

    Example:
        >>> metrics_at([0.1, 0.3, 0.6, 0.9], [0, 0, 1, 1], threshold=0.2).hter
        0.25
    """
    far, frr = far_frr.unchecked(scores, labels, GRID if threshold is None else np.append(GRID, threshold))
    fitted = last_smallest_gap(far[: GRID.size], frr[: GRID.size])
    threshold, place = (GRID[fitted], fitted) if threshold is None else (threshold, GRID.size)
    fpr, tpr, _ = roc_curve.unchecked(scores, labels)
    return Metrics(
        hter=float((far[place] + frr[place]) / 2),
        eer=float((far[fitted] + frr[fitted]) / 2),
        auc=_area(fpr, tpr),
        tpr_at_fpr1=_tpr_at(fpr, tpr, 0.01),
        acc=float(np.mean((scores >= threshold) == (labels == 1))),
        far=float(far[place]),
        frr=float(frr[place]),
        threshold=float(threshold),
    )
