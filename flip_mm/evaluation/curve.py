# SPDX-License-Identifier: Apache-2.0
"""Errors of a set of scores at all thresholds, from one sort."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
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

    def hter(self, threshold: float) -> float:
        """Return the mean of FAR and FRR at a threshold."""
        return self._hter(int(np.searchsorted(self.scores, threshold)))

    def eer(self) -> tuple[float, float]:
        """Return the published EER threshold and the HTER at it.

        It is the last of i / 10000, i = 0..10000, and 1.1 that minimises |FRR - FAR|.
        """
        last = last_smallest_gap(self.grid.size, lambda number: self._gap(self.places.item(number)))
        return float(self.grid[last]), self._hter(self.places.item(last))

    def exact_eer(self) -> float:
        """Return the EER with thresholds between all scores instead of the published ones."""
        return self._hter(last_smallest_gap(self.real.size, self._gap))

    def auc(self) -> float:
        """Return the area under the ROC curve from whole numbers; :func:`area` of :meth:`roc` rounds more often."""
        twice = 2 * self.real[-1] * self.spoof[-1] - np.dot(np.diff(self.spoof), self.real[1:] + self.real[:-1])
        return float(twice / (2 * self.real[-1] * self.spoof[-1]))

    def tpr(self, fpr: float) -> float:
        """Return the TPR at the last point of :meth:`roc` with FPR <= ``fpr``, without the other points."""
        first = int(np.searchsorted(self.spoof, self.spoof[-1] - allowed_errors(int(self.spoof[-1]), fpr)))
        if not first:
            return 1.0
        # A point is no bend if the numbers of samples with its score and with the next lower one are equal.
        last, lower = first, self._at(first - 1)
        for place in range(first, self.scores.size):
            found = self._at(place)
            if found != (0, 0):
                last = place
                if found != lower:
                    break
        return float((self.real[-1] - self.real[last]) / self.real[-1])

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

    def _at(self, place: int) -> tuple[int, int]:
        """Return the numbers of spoof and of real samples with a score."""
        spoof, real = self.spoof.item, self.real.item
        return spoof(place + 1) - spoof(place), real(place + 1) - real(place)

    def _far_frr(self, place: int) -> tuple[float, float]:
        # Python divides two numbers in a tenth of numpy's time.
        spoof, real = self.spoof.item, self.real.item
        return (spoof(-1) - spoof(place)) / spoof(-1), real(place) / real(-1)

    def _gap(self, place: int) -> float:
        far, frr = self._far_frr(place)
        return frr - far

    def _hter(self, place: int) -> float:
        return sum(self._far_frr(place)) / 2

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
        below = np.zeros((2, counts.size + 1), np.int64)
        np.cumsum(counts * self.real, out=below[0, 1:])
        np.cumsum(counts, out=below[1, 1:])
        if self.starts.size < counts.size:
            below = below[:, np.append(self.starts, counts.size)]
        real, every = below
        return replace(self.curve, real=real, spoof=every - real)


def last_smallest_gap(size: int, gap: Callable[[int], float]) -> int:
    """Return the last index at which a rising function of 0 .. ``size`` - 1 is closest to 0.

    Example:
        >>> last_smallest_gap(4, [-1.0, 0.0, 0.0, 1.0].__getitem__)
        2
    """
    above = bisect_right(range(size), 0, key=gap)
    if above == size or (above and -gap(above - 1) < gap(above)):
        return above - 1
    smallest = gap(above)
    while above + 1 < size and gap(above + 1) == smallest:
        above += 1
    return above


def allowed_errors(total: int, bound: float) -> int:
    """Return the largest k with k / total <= bound, compared as floats.

    Example:
        >>> allowed_errors(100, 0.29)  # although 0.29 * 100 < 29 in floating point
        29
    """
    errors = min(int(bound * total) + 1, total)
    while errors / total > bound:
        errors -= 1
    return errors


def area(fprs: Floats, tprs: Floats) -> float:
    """Return the area under a ROC curve by the trapezoidal rule."""
    return float((np.diff(fprs) * (tprs[1:] + tprs[:-1]) / 2).sum())


def tpr_at(fprs: Floats, tprs: Floats, fpr: float) -> float:
    """Return the TPR at the last point of a ROC curve with FPR <= ``fpr``."""
    return float(tprs[np.searchsorted(fprs, fpr, side="right") - 1])
