# SPDX-License-Identifier: Apache-2.0
"""The metrics of each domain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .calibration import calibration_error
from .curve import Ranking
from .iso30107 import Rate
from .score_table import ScoreTable
from .thresholds import attack_scores


@dataclass(frozen=True)
class DomainResult:
    """The metrics of one domain at a threshold; None where a class is missing.

    Attributes:
        name: The domain, ``''`` if unknown.
        bpcer: Rejected real samples.
        apcer: Attack type -> accepted samples.
        auc: Area under the ROC curve, 0..1.
        calibration: Expected calibration error, 0..1.
    """

    name: str
    bpcer: Rate | None
    apcer: dict[str, Rate]
    auc: float | None
    calibration: float

    @property
    def worst(self) -> tuple[str, Rate] | None:
        """The attack type with the highest APCER, and its rate."""
        return max(self.apcer.items(), key=lambda item: (item[1].value, item[1].total), default=None)

    @property
    def pooled(self) -> Rate | None:
        """Accepted samples of all attack types."""
        return (
            Rate(sum(r.errors for r in self.apcer.values()), sum(r.total for r in self.apcer.values())) if self.apcer else None
        )


def domain_results(samples: ScoreTable, threshold: float) -> list[DomainResult]:
    """Return the metrics of each domain, in alphabetical order.

    Args:
        samples: The scores.
        threshold: Samples with at least this score are accepted.
    """
    domains, attacks = samples.column("domain").coded(), samples.column("attack_type").coded()
    found = []
    for name in sorted(set(domains.names[np.unique(domains.codes)].tolist())):
        rows = np.flatnonzero(domains.texts() == name)
        scores, labels = samples.score[rows], samples.label[rows]
        real = scores[labels == 1]
        types = attack_scores(scores, labels, attacks.take(rows))
        found.append(
            DomainResult(
                name,
                Rate(int((real < threshold).sum()), real.size) if real.size else None,
                {kind: Rate(int((own >= threshold).sum()), own.size) for kind, own in types.items()},
                Ranking.of(scores, labels).curve.auc() if real.size and types else None,
                calibration_error(scores, labels),
            )
        )
    return found
