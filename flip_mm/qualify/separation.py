# SPDX-License-Identifier: Apache-2.0
"""How well scores separate the classes, and what may be chance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import mannwhitneyu

from flip_mm.evaluation.checks import Floats, Ints
from flip_mm.evaluation.curve import Ranking
from flip_mm.evaluation.uncertainty import bootstrap

# Probability below which a difference is not called chance.
LEVEL = 0.05
RESAMPLES = 500
# Presentations of each class that a comparison of two AUCs needs.
ENOUGH = 10


class Separation(NamedTuple):
    """Area under the ROC curve, and the probability that scores without any information are as far from 0.5 or farther."""

    auc: float
    chance: float

    @property
    def is_certain(self) -> bool:
        """Whether chance is an unlikely explanation."""
        return self.chance < LEVEL


def auc(scores: Floats, labels: Ints) -> float:
    """Return the area under the ROC curve."""
    return Ranking.of(scores, labels).curve.auc()


def separation(scores: Floats, labels: Ints) -> Separation:
    """Return the AUC of P presentations with the test of Mann and Whitney.

    Example:
        >>> separation(np.array([0.1, 0.2, 0.9]), np.array([0, 0, 1]))  # one of three orders
        Separation(auc=1.0, chance=0.6666666666666666)
    """
    if np.ptp(scores) == 0:
        return Separation(0.5, 1.0)
    return Separation(auc(scores, labels), float(mannwhitneyu(scores[labels == 1], scores[labels == 0]).pvalue))


def is_few(labels: Ints) -> bool:
    """Return whether a class has too few presentations for a comparison."""
    return int(np.bincount(labels, minlength=2).min()) < ENOUGH


def is_better(scores: Floats, other: Floats, labels: Ints) -> bool:
    """Return whether ``other`` separates the same presentations better, by a 95 % bootstrap interval of the difference."""
    if is_few(labels):
        return False

    def measure(rows: Ints) -> list[float]:
        return [auc(other[rows], labels[rows]) - auc(scores[rows], labels[rows])]

    return bool(bootstrap(measure, labels, map(str, range(len(labels))), RESAMPLES)[0, 0] > 0)
