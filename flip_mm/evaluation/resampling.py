# SPDX-License-Identifier: Apache-2.0
"""Bootstrap of the published metrics: rows are sorted once, and a resample only counts them."""

from __future__ import annotations

import numpy as np

from .checks import Floats, Ints
from .curve import Ranking
from .text_column import Codes
from .thresholds import attack_rows, fit
from .uncertainty import draws, groups_of, percentiles


def bootstrap_metrics(
    ranking: Ranking,
    groups: Codes,
    threshold: float | None,
    rule: str,
    attacks: Codes,
    resamples: int = 1000,
    seed: int = 0,
) -> Floats:
    """Return 95 % percentile intervals of HTER, AUC and TPR@FPR=1%.

    They equal those of ``bootstrap`` to the last digit. Only those of AUC may differ by some 1e-16, because its sum is exact.

    Args:
        ranking: N sorted samples.
        groups: (N,) what is drawn, see :func:`~flip_mm.evaluation.uncertainty.bootstrap`.
        threshold: Threshold of HTER; None fits one on every resample.
        rule: The threshold rule for None.
        attacks: (N,) attack types for the rule ``'apcer=X'``.
        resamples: Number of resamples.
        seed: Seed of the draws.

    Returns:
        (3, 2) bounds, as fractions.

    Raises:
        ValueError: ``resamples`` is below 1.
    """
    numbers, size = groups_of(groups)
    labels = np.empty(numbers.size, np.int64)
    labels[ranking.order] = ranking.real
    ranked = numbers[ranking.order]
    by_type = attack_rows(ranking.real, attacks.take(ranking.order)).values() if rule.startswith("apcer") else ()
    types = [(rows, ranking.scores[rows]) for rows in by_type]
    found = []
    for drawn in draws(labels, numbers, resamples, seed):
        counts: Ints = np.bincount(drawn, minlength=size).take(ranked)
        curve = ranking.drawn(counts)
        at = threshold if threshold is not None else fit(curve, rule, [(scores, counts[rows]) for rows, scores in types])
        found.append((curve.hter(at), curve.auc(), curve.tpr(0.01)))
    return percentiles(100 * np.array(found))
