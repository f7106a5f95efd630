# SPDX-License-Identifier: Apache-2.0
"""Whether a higher or a lower value of a metric is better."""

from __future__ import annotations

# The keys of Report.scalars(). The threshold is no quality measure.
DIRECTIONS: dict[str, str | None] = {
    "HTER": "less",
    "EER": "less",
    "AUC": "greater",
    "TPR@FPR=1%": "greater",
    "ACC": "greater",
    "threshold": None,
    "APCER_worst": "less",
    "BPCER": "less",
    "ACER": "less",
    "BPCER10": "less",
    "BPCER20": "less",
    "BPCER100": "less",
    "ECE": "less",
    "AURC": "less",
    "risk@95%": "less",
    "risk@90%": "less",
    "risk@80%": "less",
}


def direction_of(key: str) -> str | None:
    """Return the direction of a reported metric.

    Args:
        key: Name of the metric, with or without role and prefix: ``'AUC'``, ``'target/AUC'``, ``'cross/target/AUC'``.

    Returns:
        ``'greater'`` or ``'less'``; None for the threshold and for names that ``FASMetric`` does not report.

    Example:
        >>> direction_of("target/AUC"), direction_of("dev/HTER"), direction_of("accuracy/top1")
        ('greater', 'less', None)
    """
    return DIRECTIONS.get(key.rpartition("/")[2])
