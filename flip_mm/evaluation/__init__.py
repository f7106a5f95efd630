# SPDX-License-Identifier: Apache-2.0
"""Metrics of face anti-spoofing."""

from flip_mm.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    fas_metric=["FASMetric"],
    report=["Report", "Setting", "make_reports"],
    score_file=["read_scores", "write_scores"],
    score_table=["ScoreTable"],
)
