# SPDX-License-Identifier: Apache-2.0
"""Error rates of ISO/IEC 30107-3. Scores and labels as in :mod:`~flip_mm.evaluation.functional`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .checks import Floats, Ints, checked
from .curve import Ranking
from .text_column import Codes
from .thresholds import apcer_threshold, ranked_attacks
from .uncertainty import wilson


class Rate(NamedTuple):
    """A number of errors in a number of trials."""

    errors: int
    total: int

    @property
    def value(self) -> float:
        """The rate, 0..1."""
        return self.errors / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval, 0..1."""
        return wilson(self.errors, self.total)


class ISOMetrics(NamedTuple):
    """Error rates at one threshold.

    Attributes:
        apcer: Attack type -> share of its presentations accepted as bona fide, types in alphabetical order.
        bpcer: Share of rejected bona fide presentations.
        bpcer10: BPCER at the smallest threshold at which **every** attack type's APCER is at most 10 %; independent of the
            threshold of the other metrics.
        bpcer20: The same for 5 %.
        bpcer100: The same for 1 %.
    """

    apcer: dict[str, Rate]
    bpcer: Rate
    bpcer10: float
    bpcer20: float
    bpcer100: float

    @property
    def worst_attack(self) -> str:
        """The attack type with the highest APCER; of equal ones, the one with most presentations, then the first by name."""
        return max(self.apcer, key=lambda name: (self.apcer[name].value, self.apcer[name].total))

    @property
    def apcer_worst(self) -> Rate:
        """The highest APCER of all attack types, as the standard reports it."""
        return self.apcer[self.worst_attack]

    @property
    def apcer_pooled(self) -> Rate:
        """APCER with all attacks as one type. It can hide a type that is always accepted."""
        return Rate(sum(rate.errors for rate in self.apcer.values()), sum(rate.total for rate in self.apcer.values()))

    @property
    def acer(self) -> float:
        """(worst APCER + BPCER) / 2.

        Papers report this mean; the current standard does not have it. Many papers use the pooled APCER: that mean is HTER.
        """
        return (self.apcer_worst.value + self.bpcer.value) / 2


@checked
def iso_metrics(scores: Floats, labels: Ints, threshold: float, attacks: ArrayLike | Codes | None = None) -> ISOMetrics:
    """Compute the error rates of the standard.

    Args:
        scores: (N,).
        labels: (N,).
        threshold: Samples with at least this score are accepted.
        attacks: (N,) attack types, not read where the label is real; None takes all attacks as one type.

    Raises:
        ValueError: See :func:`~flip_mm.evaluation.checks.check_scores`.

    Example:
        >>> found = iso_metrics([0.1, 0.7, 0.2, 0.8, 0.9], [0, 0, 0, 1, 1], 0.5, ["print", "replay", "replay", "", ""])
        >>> {name: rate.value for name, rate in found.apcer.items()}, found.bpcer.value, found.acer
        ({'print': 0.0, 'replay': 0.5}, 0.0, 0.25)
    """
    return rates_at(Ranking.of(scores, labels), threshold, attacks)


def rates_at(ranking: Ranking, threshold: float, attacks: ArrayLike | Codes | None = None) -> ISOMetrics:
    """Compute the error rates of sorted scores, see :func:`iso_metrics`."""
    spoof, real = ranked_attacks(ranking, attacks), int(ranking.curve.real[-1])

    def bpcer(at: float) -> Rate:
        return Rate(int(ranking.curve.rejected(at)[1]), real)

    at_bounds = [bpcer(max(apcer_threshold(scores, bound) for scores in spoof.values())).value for bound in (0.1, 0.05, 0.01)]
    accepted = {name: scores.size - int(np.searchsorted(scores, threshold, side="left")) for name, scores in spoof.items()}
    rates = {name: Rate(errors, spoof[name].size) for name, errors in accepted.items()}
    return ISOMetrics(rates, bpcer(threshold), *at_bounds)
