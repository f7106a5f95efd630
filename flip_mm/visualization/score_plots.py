# SPDX-License-Identifier: Apache-2.0
"""ROC curve and score histogram of an evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from flip_mm.evaluation.functional import Figures, VideoScores, roc_curve

# Okabe-Ito colours, told apart by colour-blind readers.
REAL, SPOOF, GREY = "#0072B2", "#D55E00", "#555555"


def plot_roc(video: VideoScores, found: Figures, path: str | Path, title: str = "") -> None:
    """Draw the ROC curve, real being the positive class.

    Args:
        video: Video scores.
        found: Their figures.
        path: PNG to write.
        title: Heading.
    """
    fpr, tpr, _ = roc_curve(video.scores, video.labels)
    figure = Figure(figsize=(5.4, 5.0), layout="constrained")
    ax = figure.subplots()
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":", label="chance")
    ax.plot(fpr, tpr, color=REAL, linewidth=2, label=f"AUC {100 * found.auc:.2f}%")
    ax.plot(0.01, found.tpr_at_fpr1, "s", color=SPOOF, label=f"TPR {100 * found.tpr_at_fpr1:.2f}% at FPR 1%", clip_on=False)
    point = f"threshold {found.threshold:.4f}: HTER {100 * found.hter:.2f}%"
    ax.plot(found.far, 1 - found.frr, "o", color=REAL, markersize=8, markerfacecolor="white", label=point, clip_on=False)
    ax.set(
        xlim=(0, 1),
        ylim=(0, 1.005),
        xlabel="spoof accepted as real (FPR, APCER)",
        ylabel="real accepted (TPR, 1 - BPCER)",
    )
    ax.set_aspect("equal")
    ax.grid(alpha=0.25)
    ax.legend(loc="lower right", frameon=False)
    ax.set_title(title, fontsize=11)
    figure.savefig(path, dpi=150)


def plot_score_histogram(video: VideoScores, found: Figures, path: str | Path, title: str = "") -> None:
    """Draw the distribution of the video scores of either class, and the threshold.

    Args:
        video: Video scores.
        found: Their figures.
        path: PNG to write.
        title: Heading.
    """
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    ax = figure.subplots()
    bins = np.linspace(0, 1, 41)
    for label, name, color in ((0, "presentation attack", SPOOF), (1, "bona fide", REAL)):
        scores = video.scores[video.labels == label]
        weights = np.full(len(scores), 100 / len(scores))
        ax.hist(scores, bins, weights=weights, color=color, alpha=0.6, label=f"{name}: {len(scores)} videos")
    ax.axvline(found.threshold, color=GREY, linestyle="--", label=f"threshold {found.threshold:.4f}")
    ax.set(xlim=(0, 1), xlabel="probability of being real (mean over a video's frames)", ylabel="share of the class, %")
    ax.legend(loc="upper center", frameon=False)
    ax.set_title(title, fontsize=11)
    figure.savefig(path, dpi=150)
