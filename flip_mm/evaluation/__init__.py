# SPDX-License-Identifier: Apache-2.0
"""Figures of face anti-spoofing."""

from .fas_metric import FASMetric
from .report import Report, Setting, make_reports
from .score_file import read_scores, write_scores
from .score_table import ScoreTable

__all__ = ["FASMetric", "Report", "ScoreTable", "Setting", "make_reports", "read_scores", "write_scores"]
