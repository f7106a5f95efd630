# SPDX-License-Identifier: Apache-2.0
"""Checks of scores and labels."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def check_values(scores: ArrayLike, labels: ArrayLike) -> tuple[Floats, Ints]:
    """Refuse invalid scores and labels. Empty arrays and a single class are accepted.

    Returns:
        Scores as float64 and labels as int64.

    Raises:
        ValueError: The arrays are not one-dimensional or of different lengths, a score is NaN or outside 0..1, or a label is
            neither 0 nor 1.
    """
    scores, labels = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    if scores.ndim != 1 or scores.shape != labels.shape:
        raise ValueError(f"Expected scores and labels of one shape (N,), got {scores.shape} and {labels.shape}.")
    bad = np.flatnonzero(~np.isfinite(scores))
    if bad.size:
        verb = "is" if bad.size == 1 else "are"
        raise ValueError(
            f"{bad.size} of {scores.size} scores {verb} NaN or infinite, the first at position {bad[0]}: the model diverged "
            "or an input was broken."
        )
    bad = np.flatnonzero((scores < 0) | (scores > 1))
    if bad.size:
        raise ValueError(
            f"Expected scores in 0..1 (probability of real), got {scores[bad[0]]} at position {bad[0]}: apply softmax first."
        )
    unknown = labels[(labels != 0) & (labels != 1)]
    if unknown.size:
        raise ValueError(f"Expected labels 0 (spoof) and 1 (real), got {np.unique(unknown).tolist()}.")
    return scores, labels.astype(np.int64)


def check_scores(scores: ArrayLike, labels: ArrayLike) -> tuple[Floats, Ints]:
    """Refuse scores and labels that have no metrics.

    Returns:
        Scores as float64 and labels as int64.

    Raises:
        ValueError: The arrays are empty, not one-dimensional or of different lengths; a score is NaN or outside 0..1; a label
            is neither 0 nor 1; a class is missing.

    Example:
        >>> check_scores([0.5, float("nan")], [0, 1])
        Traceback (most recent call last):
        ...
        ValueError: 1 of 2 scores is NaN or infinite, the first at position 1: the model diverged or an input was broken.
    """
    scores, labels = check_values(scores, labels)
    if not scores.size:
        raise ValueError("There are no scores to evaluate: the test list is empty.")
    counts = np.bincount(labels, minlength=2)
    if not counts.all():
        raise ValueError(
            f"Only one class is present ({counts[1]} real, {counts[0]} spoof): HTER, AUC and TPR need both. Check the test "
            "lists."
        )
    return scores, labels


def checked(measure: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a metric so that it checks its scores and labels first.

    Args:
        measure: A function. Its first arguments are scores (N,) float64 and labels (N,) int64 from :func:`check_scores`.

    Returns:
        The function for array-likes. Its attribute ``unchecked`` is ``measure``, for scores that were checked before, such as
        those of a :class:`~flip_mm.evaluation.score_table.ScoreTable` and of resamples.
    """

    @wraps(measure)
    def check_first(scores: ArrayLike, labels: ArrayLike, *args: Any, **kwargs: Any) -> Any:
        return measure(*check_scores(scores, labels), *args, **kwargs)

    check_first.unchecked = measure
    return check_first
