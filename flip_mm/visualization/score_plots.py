# SPDX-License-Identifier: Apache-2.0
"""Plot the ROC curve and the score histogram of an evaluation."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from flip_mm.evaluation import Report
from flip_mm.evaluation.functional import roc_curve

from .colours import GREY, REAL, SPOOF
from .figure_file import plain_label, save_figure

# Letters in a line above a plot, and their size.
HEADING_WIDTH, HEADING_SIZE = 72, 8


def plot_roc(report: Report, path: str | Path) -> None:
    """Write the plot of :func:`roc_figure` as PNG."""
    save_figure(roc_figure(report), path)


def plot_score_histogram(report: Report, path: str | Path) -> None:
    """Write the plot of :func:`histogram_figure` as PNG."""
    save_figure(histogram_figure(report), path)


def roc_figure(report: Report) -> Figure:
    """Draw the ROC curve; real is the positive class."""
    metrics = report.metrics
    fpr, tpr, _ = roc_curve.unchecked(report.samples.score, report.samples.label)
    figure = Figure(figsize=(5.4, 5.0), layout="constrained")
    ax = figure.subplots()
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":", label="chance")
    ax.plot(fpr, tpr, color=REAL, linewidth=2, label=f"AUC {100 * metrics.auc:.2f}%")
    ax.plot(0.01, metrics.tpr_at_fpr1, "s", color=SPOOF, label=f"TPR {100 * metrics.tpr_at_fpr1:.2f}% at FPR 1%", clip_on=False)
    point = f"threshold {metrics.threshold:.4f}: HTER {100 * metrics.hter:.2f}%"
    ax.plot(metrics.far, 1 - metrics.frr, "o", color=REAL, markersize=8, markerfacecolor="white", label=point, clip_on=False)
    ax.set(
        xlim=(0, 1),
        ylim=(0, 1.005),
        xlabel="spoof accepted as real (FPR, APCER)",
        ylabel="real accepted (TPR, 1 - BPCER)",
    )
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.set_aspect("equal")
    ax.grid(alpha=0.25)
    ax.legend(loc="lower right", frameon=False)
    ax.set_title(heading(report), fontsize=HEADING_SIZE)
    return figure


def histogram_figure(report: Report) -> Figure:
    """Draw the distribution of the scores of each class, and the threshold."""
    level = report.options.level
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    ax = figure.subplots()
    bins = np.linspace(0, 1, 41)
    for label, name, color in ((0, "presentation attack", SPOOF), (1, "bona fide", REAL)):
        scores = report.samples.score[report.samples.label == label]
        weights = np.full(len(scores), 100 / len(scores))
        ax.hist(scores, bins, weights=weights, color=color, alpha=0.6, label=f"{name}: {len(scores)} {level}s")
    ax.axvline(report.metrics.threshold, color=GREY, linestyle="--", label=f"threshold {report.metrics.threshold:.4f}")
    of = "mean over a video's frames" if level == "video" else "of each frame"
    ax.set(xlim=(0, 1), xlabel=f"probability of being real ({of})", ylabel="share of the class, %")
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    ax.set_title(heading(report), fontsize=HEADING_SIZE)
    return figure


def heading(report: Report) -> str:
    """Return the title of a plot: role, counts, rules of threshold and checkpoint, and training, in short lines."""
    parts = [f"{report.role}, {report.counts}", report.options.origin(report.role)]
    if report.provenance:
        parts += [report.provenance.selection_text, report.provenance.target_seen, report.provenance.origin]
    return plain_label("\n".join(fill(part, HEADING_WIDTH, break_on_hyphens=False) for part in parts if part))
