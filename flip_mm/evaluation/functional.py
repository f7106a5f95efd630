# SPDX-License-Identifier: Apache-2.0
"""The metrics of face anti-spoofing as pure functions of numpy arrays.

Everywhere: ``scores`` (N,) float, probability of being real, 0..1; ``labels`` (N,) int, 1 real (bona fide, the positive
class) and 0 spoof (presentation attack). A sample is accepted as real when ``score >= threshold``. Metrics are fractions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import Floats, Ints, checked
from .curve import Metrics, Ranking, area, tpr_at
from .text_column import Codes, by_appearance


class VideoScores(NamedTuple):
    """Scores of V videos: names, float64 scores and int64 labels, each (V,), in order of first appearance."""

    videos: NDArray[np.str_]
    scores: Floats
    labels: Ints


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
    coded = Codes.of(videos)
    numbers, first = by_appearance(coded.codes, len(coded.names))
    mixed = mixed_labels(numbers, first, labels)
    if mixed.size:
        raise ValueError(f"Video '{videos[mixed[0]]}' has frames of both classes: a list names it under real and under fake.")
    return VideoScores(np.array(coded.names.tolist()), means(numbers, scores), labels[first])


def mixed_labels(numbers: Ints, first: Ints, labels: Ints) -> Ints:
    """Return the rows that differ in label from the first row of their group.

    Args:
        numbers: (N,) group of each row.
        first: (G,) first row of each group.
        labels: (N,).
    """
    return np.flatnonzero(labels != labels[first][numbers])


def means(numbers: Ints, scores: Floats) -> Floats:
    """Return the mean score (G,) of each group, see ``mixed_labels``."""
    # bincount adds in the given order, as the published code does.
    return np.bincount(numbers, weights=scores) / np.bincount(numbers)


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
    return Ranking.of(scores, labels).curve.far_frr(thresholds)


@checked
def eer_threshold(scores: Floats, labels: Ints) -> float:
    """Return the published EER threshold: of i / 10000, i = 0..10000, and 1.1, the last one that minimises |FRR - FAR|.

    Example:
        >>> eer_threshold([0.1, 0.3, 0.6, 0.9], [0, 0, 1, 1])  # everything from 0.3001 to 0.6 separates the classes
        0.6
    """
    return Ranking.of(scores, labels).curve.eer()[0]


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
    return Ranking.of(scores, labels).curve.roc()


@checked
def auc(scores: Floats, labels: Ints) -> float:
    """Return the area under the ROC curve: the probability that a real sample scores above a spoof; equal scores count half.

    Example:
        >>> auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
        0.75
    """
    return area(*roc_curve.unchecked(scores, labels)[:2])


@checked
def tpr_at_fpr(scores: Floats, labels: Ints, fpr: float = 0.01) -> float:
    """Return the share of accepted real samples at the last point of the ROC curve with FPR <= ``fpr``.

    Example:
        >>> tpr_at_fpr([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
        0.5
    """
    fprs, tprs, _ = roc_curve.unchecked(scores, labels)
    return tpr_at(fprs, tprs, fpr)


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
    return Ranking.of(scores, labels).curve.metrics(threshold)
