# SPDX-License-Identifier: Apache-2.0
"""Plots of results, and HTML pages."""

from flip_mm.utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    det_plot=["plot_det"],
    report_plots=["plot_report"],
    score_plots=["plot_roc", "plot_score_histogram"],
)
