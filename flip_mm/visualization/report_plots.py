# SPDX-License-Identifier: Apache-2.0
"""Draw all plots of an evaluation."""

from __future__ import annotations

from pathlib import Path

from flip_mm.evaluation import Report

from .det_plot import plot_det
from .score_plots import plot_roc, plot_score_histogram

PLOTS = {"roc": plot_roc, "det": plot_det, "scores": plot_score_histogram}


def plot_report(report: Report, folder: str | Path, name: str, prefix: str = "") -> list[Path]:
    """Draw ROC, DET and histogram.

    Args:
        report: The evaluation.
        folder: An existing folder.
        name: The files are ``<prefix>roc_<name>.png`` and so on.
        prefix: Prefix of the file names.

    Returns:
        The written files.
    """
    paths = []
    for kind, plot in PLOTS.items():
        paths.append(Path(folder, f"{prefix}{kind}_{name}.png"))
        plot(report, paths[-1])
    return paths
