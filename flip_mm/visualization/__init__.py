# SPDX-License-Identifier: Apache-2.0
"""Pictures of results."""

from .det_plot import plot_det
from .plot_report import plot_report
from .score_plots import plot_roc, plot_score_histogram

__all__ = ["plot_det", "plot_report", "plot_roc", "plot_score_histogram"]
