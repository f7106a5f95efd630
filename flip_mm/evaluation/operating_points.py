# SPDX-License-Identifier: Apache-2.0
"""What each of several thresholds costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .curve import Ranking
from .iso30107 import ISOMetrics, rates_at
from .score_table import ScoreTable
from .support import independent_samples, too_few
from .thresholds import fit, ranked_attacks

RULES = ("eer", "apcer=0.1", "apcer=0.05", "apcer=0.01", "bpcer=0.05", "bpcer=0.01")


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold and its error rates.

    Attributes:
        rule: The threshold rule.
        threshold: The threshold that the rule gives.
        iso: The error rates at it, of the samples that are tested.
        too_few: Why the samples that the threshold was fitted on cannot support the rule; ``''`` if they can.
        pooled: Whether the rule was applied to all attacks as one type, because ``too_few`` holds for a single type only.
    """

    rule: str
    threshold: float
    iso: ISOMetrics
    too_few: str
    pooled: bool = False

    @property
    def is_supported(self) -> bool:
        """Whether the samples support the rule, for every attack type or for all together."""
        return self.pooled or not self.too_few


def operating_points(
    tested: ScoreTable, fitted: ScoreTable | None = None, rules: Iterable[str] = RULES
) -> list[OperatingPoint]:
    """Fit thresholds by several rules and count the errors at them.

    Args:
        tested: Samples whose errors are counted, of both classes.
        fitted: Other samples to fit the thresholds on; None fits them on ``tested``, which is optimistic.
        rules: See :func:`~flip_mm.evaluation.thresholds.fit_threshold`.

    Returns:
        One for each rule.
    """
    source = tested if fitted is None else fitted
    ranking, tested_ranking = (Ranking.of(table.score, table.label) for table in (source, tested))
    real, by_type = independent_samples(source)
    attacks, tested_attacks = (table.column("attack_type").coded() for table in (source, tested))
    points = []
    for rule in rules:
        reason = too_few(rule, real, by_type)
        pooled = bool(reason) and not too_few(rule, real, {"": sum(by_type.values())})
        spoof = ranked_attacks(ranking, None if pooled else attacks).values()
        threshold = fit(ranking.curve, rule, [(scores, None) for scores in spoof])
        points.append(OperatingPoint(rule, threshold, rates_at(tested_ranking, threshold, tested_attacks), reason, pooled))
    return points
