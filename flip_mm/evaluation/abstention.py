# SPDX-License-Identifier: Apache-2.0
"""Abstention: the error of a detector that leaves the samples nearest to its threshold to a person."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .checks import Floats, Ints, checked

# Shares of the samples that are decided.
COVERAGES = (0.95, 0.9, 0.8)


class RiskCoverage(NamedTuple):
    """The errors of the most confident samples, for each number of them. Both classes have the weight 1/2.

    Attributes:
        coverage: (K + 1,) share of the samples that are decided, ascending from 0 to 1.
        errors: (K + 1,) share of the samples that are decided wrongly. Both are linear in between.
    """

    coverage: Floats
    errors: Floats

    def risk(self, coverage: float) -> float:
        """Return the error rate of the decided samples at a coverage above 0; at 1 it is HTER."""
        return float(np.interp(coverage, self.coverage, self.errors) / coverage)

    def area(self) -> float:
        """Return the mean of the risk over all coverages (AURC)."""
        steps, slopes = np.diff(self.coverage), np.diff(self.errors) / np.diff(self.coverage)
        # The integral of (a + s * c) / c; the first piece begins at 0, where a is 0.
        offsets = (self.errors[:-1] - slopes * self.coverage[:-1])[1:]
        return float((slopes * steps).sum() + (offsets * np.log(self.coverage[2:] / self.coverage[1:-1])).sum())


@checked
def risk_coverage(scores: Floats, labels: Ints, threshold: float) -> RiskCoverage:
    """Return the risk-coverage curve at a threshold.

    The confidence of a sample is the distance of its score from the threshold, divided by the largest possible one on its side.
    Samples of equal confidence are decided together, so the curve does not depend on their order.

    Args:
        scores: (N,) probability of real.
        labels: (N,).
        threshold: Samples with at least this score are accepted.

    Example:
        >>> curve = risk_coverage([0.1, 0.6, 0.4, 0.9], [0, 0, 1, 1], 0.5)
        >>> curve.risk(1), curve.risk(0.5)
        (0.5, 0.0)
    """
    accepted = scores >= threshold
    span = np.where(accepted, 1 - threshold, threshold)
    confidence = np.divide(np.abs(scores - threshold), span, out=np.zeros_like(scores), where=span > 0)
    weights = np.where(labels == 1, 0.5 / np.count_nonzero(labels == 1), 0.5 / np.count_nonzero(labels == 0))
    wrong = weights * (accepted != (labels == 1))
    distinct, group = np.unique(-confidence, return_inverse=True)
    coverage, errors = (np.cumsum(np.bincount(group, part, distinct.size)) for part in (weights, wrong))
    return RiskCoverage(np.append(0.0, coverage / coverage[-1]), np.append(0.0, errors / coverage[-1]))
