# SPDX-License-Identifier: Apache-2.0
"""Errors of a set of scores at all thresholds, from one sort."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import Floats, Ints

# The published thresholds: i / 10000 (np.arange with a step of 1e-4 gives other floats), and one value above all scores.
GRID = np.append(np.arange(10001) / 10000, 1.1)


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


@dataclass(frozen=True)
class Curve:
    """The number of samples below each distinct score. All metrics of the published tables follow from it.

    Attributes:
        scores: (K,) float64, the distinct scores, ascending.
        real: (K + 1,) int64, real samples below each distinct score; then the number of all.
        spoof: (K + 1,) int64, the same for spoof samples.
        grid: (T,) published thresholds; of those without a score between them only the last one.
        places: (T,) number of distinct scores below each of ``grid``.
    """

    scores: Floats
    real: Ints
    spoof: Ints
    grid: Floats
    places: Ints

    def rejected(self, thresholds: ArrayLike) -> tuple[Ints, Ints]:
        """Return the numbers of spoof and of real samples below thresholds of any shape."""
        places = np.searchsorted(self.scores, thresholds, side="left")
        return self.spoof[places], self.real[places]

    def far_frr(self, thresholds: ArrayLike) -> tuple[Floats, Floats]:
        """Return the shares of accepted spoof samples and of rejected real samples at thresholds of any shape."""
        return self._rates(*self.rejected(thresholds))

    def eer(self) -> tuple[float, float]:
        """Return the published EER threshold and the HTER at it.

        It is the last of i / 10000, i = 0..10000, and 1.1 that minimises |FRR - FAR|.
        """
        far, frr = self._rates(self.spoof[self.places], self.real[self.places])
        last = last_smallest_gap(far, frr)
        return float(self.grid[last]), float((far[last] + frr[last]) / 2)

    def exact_eer(self) -> float:
        """Return the EER with thresholds between all scores instead of the published ones."""
        far, frr = self._rates(self.spoof, self.real)
        last = last_smallest_gap(far, frr)
        return float((far[last] + frr[last]) / 2)

    def roc(self) -> tuple[Floats, Floats, Floats]:
        """Return FPR, TPR and thresholds (see :func:`~flip_mm.evaluation.functional.roc_curve`)."""
        # After drawing with replacement some scores have no sample.
        kept = np.flatnonzero(np.diff(self.real + self.spoof))[::-1]
        accepted_real, accepted_spoof = self.real[-1] - self.real[kept], self.spoof[-1] - self.spoof[kept]
        bends = np.ones(kept.size, bool)
        bends[1:-1] = (np.diff(accepted_spoof, 2) != 0) | (np.diff(accepted_real, 2) != 0)
        fpr, tpr = (np.append(0, count[bends]) / count[-1] for count in (accepted_spoof, accepted_real))
        return fpr, tpr, np.append(np.inf, self.scores[kept[bends]])

    def metrics(self, threshold: float | None = None) -> Metrics:
        """Return all metrics (see :func:`~flip_mm.evaluation.functional.metrics_at`)."""
        fitted, eer = self.eer()
        threshold = fitted if threshold is None else threshold
        spoof, real = (int(count) for count in self.rejected(threshold))
        far, frr = self._rates(spoof, real)
        fpr, tpr, _ = self.roc()
        return Metrics(
            hter=float((far + frr) / 2),
            eer=eer,
            auc=area(fpr, tpr),
            tpr_at_fpr1=tpr_at(fpr, tpr, 0.01),
            acc=float((self.real[-1] - real + spoof) / (self.real[-1] + self.spoof[-1])),
            far=float(far),
            frr=float(frr),
            threshold=float(threshold),
        )

    def _rates(self, rejected_spoof: ArrayLike, rejected_real: ArrayLike) -> tuple[Floats, Floats]:
        return (self.spoof[-1] - rejected_spoof) / self.spoof[-1], rejected_real / self.real[-1]


@dataclass(frozen=True)
class Ranking:
    """Rows in the order of their scores, so that a resample of the rows needs no sort.

    Attributes:
        order: (N,) rows by ascending score.
        scores: (N,) score of each row of ``order``.
        real: (N,) bool, whether each row of ``order`` is real.
        starts: (K,) place in ``order`` of the first row of each distinct score.
        curve: The numbers of all rows, each counted once.
    """

    order: Ints
    scores: Floats
    real: NDArray[np.bool_]
    starts: Ints
    curve: Curve

    @classmethod
    def of(cls, scores: Floats, labels: Ints) -> Ranking:
        """Sort scores (N,) and labels (N,) of both classes."""
        order = np.argsort(scores)
        ranked, real = scores[order], labels[order] == 1
        starts = np.append(0, np.flatnonzero(np.diff(ranked)) + 1)
        distinct = ranked[starts]
        if distinct[0] == 0:
            # 0.0 equals -0.0. The last of them is the threshold of scikit-learn's ROC curve.
            distinct[0] = scores[np.flatnonzero(scores == 0)[-1]]
        places = np.searchsorted(distinct, GRID, side="left")
        last = np.append(np.flatnonzero(np.diff(places)), GRID.size - 1)
        below = np.append(0, np.cumsum(real))[np.append(starts, real.size)]
        curve = Curve(distinct, below, np.append(starts, real.size) - below, GRID[last], places[last])
        return cls(order, ranked, real, starts, curve)

    def drawn(self, counts: Ints) -> Curve:
        """Return the curve of a resample.

        Args:
            counts: (N,) how often each row of ``order`` was drawn.
        """
        real, every = (
            np.append(0, np.cumsum(part))[np.append(self.starts, counts.size)] for part in (counts * self.real, counts)
        )
        return replace(self.curve, real=real, spoof=every - real)


def last_smallest_gap(far: Floats, frr: Floats) -> int:
    """Return the last index at which FAR and FRR, both (T,), differ least.

    Example:
        >>> last_smallest_gap(np.array([1.0, 0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5, 1.0]))
        2
    """
    gap = np.abs(frr - far)
    return int(np.flatnonzero(gap == gap.min())[-1])


def area(fprs: Floats, tprs: Floats) -> float:
    """Return the area under a ROC curve by the trapezoidal rule."""
    return float((np.diff(fprs) * (tprs[1:] + tprs[:-1]) / 2).sum())


def tpr_at(fprs: Floats, tprs: Floats, fpr: float) -> float:
    """Return the TPR at the last point of a ROC curve with FPR <= ``fpr``."""
    return float(tprs[np.searchsorted(fprs, fpr, side="right") - 1])
