# SPDX-License-Identifier: Apache-2.0
"""A result as one row of plain values, for CSV files and data frames."""

from __future__ import annotations

from typing import Any

from .results import Result


def result_row(result: Result) -> dict[str, Any]:
    """Return column -> value; unknown values are None or ``''``, metrics are in percent.

    Args:
        result: One result of a record.
    """
    known = result.provenance
    return dict(
        method=result.method,
        protocol=known.protocol,
        run=known.run,
        seed=known.seed,
        shots=known.shots,
        holdout=known.holdout,
        role=result.role,
        split=result.split,
        level=result.level,
        weights=result.weights,
        selection=known.selection,
        selection_metric=known.selection_metric,
        selection_oracle=known.is_oracle,
        threshold_rule=result.threshold,
        threshold_oracle=result.threshold_oracle,
        iteration=known.iteration,
        checkpoint=known.checkpoint,
        target_seen=known.target_seen,
        stopped=result.stopped,
        **result.metrics,
    )
