# SPDX-License-Identifier: Apache-2.0
"""Metrics of face anti-spoofing."""

from .fas_metric import FASMetric
from .options import EvaluationOptions
from .report import Report, make_reports
from .score_file import read_scores, write_scores
from .score_table import ScoreTable

__all__ = ["EvaluationOptions", "FASMetric", "Report", "ScoreTable", "make_reports", "read_scores", "write_scores"]
