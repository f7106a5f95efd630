# SPDX-License-Identifier: Apache-2.0
"""Pictures of results."""

from .score_plots import plot_roc, plot_score_histogram

__all__ = ["plot_roc", "plot_score_histogram"]
