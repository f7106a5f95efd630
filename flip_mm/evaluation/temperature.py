# SPDX-License-Identifier: Apache-2.0
"""Temperature scaling (Guo et al., ICML 2017) of a classifier with two classes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .checks import Floats

# The fitted temperature is in this range.
LOWEST, HIGHEST = 0.01, 100.0
# Log odds of the float32 number next to 1. A probability in float32 does not say more than this.
LIMIT = math.log(2.0**24 - 1)


class Temperature(NamedTuple):
    """A fitted temperature.

    Attributes:
        value: Log odds are divided by it: above 1 the model was too sure of its answers, below 1 not sure enough.
        is_separable: Whether no sample was on the wrong side of p = 0.5. Then only the number of samples limits how sure the
            calibrated answers are.
        is_bounded: Whether the value is an end of ``LOWEST`` .. ``HIGHEST``, because no value in this range is the best one.
    """

    value: float
    is_separable: bool
    is_bounded: bool


def log_odds(scores: ArrayLike, limit: float = LIMIT) -> tuple[Floats, int]:
    """Return log(p / (1 - p)), clipped to -``limit`` .. ``limit``.

    Args:
        scores: Probabilities of real, of any shape.
        limit: The largest value. 0 and 1 have no finite log odds, and a score near 1 was rounded more than one near 0.

    Returns:
        The log odds, and the number of clipped ones.

    Example:
        >>> values, clipped = log_odds([0.0, 0.5, 0.75, 1.0])
        >>> values.round(2).tolist(), clipped
        ([-16.64, 0.0, 1.1, 16.64], 2)
    """
    scores = np.asarray(scores, dtype=np.float64)
    with np.errstate(divide="ignore"):
        values = np.log(scores) - np.log1p(-scores)
    return np.clip(values, -limit, limit), int(np.count_nonzero(np.abs(values) > limit))


def calibrated(differences: ArrayLike, temperature: float) -> Floats:
    """Return the probabilities of real at a temperature, 1 / (1 + exp(-d / T)).

    Args:
        differences: Log odds d = logit of real - logit of spoof, of any shape.
        temperature: T.

    Example:
        >>> calibrated([0.0, 2.0], 2.0).round(3).tolist()
        [0.5, 0.731]
    """
    # Without overflow, and exact near 0.
    return np.exp(-np.logaddexp(0, -np.asarray(differences, dtype=np.float64) / temperature))


def at_temperature(scores: ArrayLike, temperature: float) -> Floats:
    """Return scores (N,) in 0..1 that were computed at temperature 1 as they are at another one; 0 and 1 stay."""
    return calibrated(log_odds(scores, np.inf)[0], temperature)


def log_loss(differences: ArrayLike, labels: ArrayLike, temperature: float, weights: ArrayLike | None = None) -> float:
    """Return the mean negative log-likelihood of labels at a temperature.

    Args:
        differences: (N,) log odds, finite.
        labels: (N,).
        temperature: T.
        weights: (N,) weight of each sample; None for 1.

    Example:
        >>> round(log_loss([0.0, 0.0], [0, 1], 1.0), 4)
        0.6931
    """
    d = np.where(np.asarray(labels) == 1, 1, -1) * np.asarray(differences, dtype=np.float64)
    return float(np.average(np.logaddexp(0, -d / temperature), weights=weights))


def fit_temperature(differences: ArrayLike, labels: ArrayLike, weights: ArrayLike | None = None) -> Temperature:
    """Fit the temperature that minimises the negative log-likelihood.

    With b = 1 / T and targets t the loss is ``sum w (log(1 + exp(b d)) - t b d)``. It is convex in b, so the zero of its
    derivative ``sum w d (sigmoid(b d) - t)`` is the minimum. The targets are those of Platt (1999), ``(R + 1) / (R + 2)`` for
    real and ``1 / (S + 2)`` for spoof, with R and S the weights of the classes: with 1 and 0 the best temperature of separable
    samples would be 0.

    Args:
        differences: (N,) log odds d, finite.
        labels: (N,) 1 real, 0 spoof; both occur.
        weights: (N,) w, such as 1 / frames of the video; None for 1.

    Returns:
        The temperature.

    Raises:
        ValueError: A value is not finite, or a class is missing.

    Example:
        >>> fit_temperature([4.0, 4.0, 4.0, -4.0] * 50, [1, 1, 0, 0] * 50).value > 1  # a quarter is wrong: too sure
        True
    """
    d, y = np.asarray(differences, dtype=np.float64), np.asarray(labels)
    w = np.ones(d.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if bad := int(np.count_nonzero(~np.isfinite(d))):
        raise ValueError(f"{bad} of {d.size} log odds are NaN or infinite: no temperature can be fitted.")
    real, spoof = w[y == 1].sum(), w[y == 0].sum()
    if not real or not spoof:
        raise ValueError("A temperature needs samples of both classes.")
    target = np.where(y == 1, (real + 1) / (real + 2), 1 / (spoof + 2))

    def slope(inverse: float) -> float:
        return float(np.dot(w * d, calibrated(d, 1 / inverse) - target))

    from scipy.optimize import brentq  # metrics alone do not need SciPy, which takes time to import

    low, high = 1 / HIGHEST, 1 / LOWEST
    if slope(low) >= 0:
        value, is_bounded = HIGHEST, True
    elif slope(high) <= 0:
        value, is_bounded = LOWEST, True
    else:
        value, is_bounded = 1 / brentq(slope, low, high, xtol=1e-12), False
    return Temperature(float(value), bool(np.all(np.where(y == 1, d, -d) > 0)), is_bounded)
