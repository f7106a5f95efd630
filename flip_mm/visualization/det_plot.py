# SPDX-License-Identifier: Apache-2.0
"""Plot the DET curve of an evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import ndtr, ndtri

from flip_mm.evaluation import Report
from flip_mm.evaluation.functional import far_frr
from flip_mm.evaluation.thresholds import attack_scores

from .colours import GREY, REAL, SPOOF
from .figure_file import plain_label, save_figure
from .score_plots import HEADING_SIZE, heading

TICKS = np.array([0.0001, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99])
HIGH = 0.99


def plot_det(report: Report, path: str | Path) -> None:
    """Write the plot of :func:`det_figure` as PNG."""
    save_figure(det_figure(report), path)


def det_figure(report: Report) -> Figure:
    """Draw APCER against BPCER on axes of normal deviates, where normally distributed scores give straight lines.

    There is one curve for all attacks together, and with several attack types one for the worst type at every threshold. The
    axes start below the smallest rate above 0 that is possible with this number of samples; a rate of 0 is drawn on the edge.

    Args:
        report: The evaluation.
    """
    samples, metrics, iso = report.samples, report.metrics, report.iso
    thresholds = np.append(np.unique(samples.score), 1.1)
    apcer, bpcer = far_frr.unchecked(samples.score, samples.label, thresholds)
    low = np.clip(0.5 / max(iso.bpcer.total, iso.apcer_pooled.total), 0.0001, 0.01)

    def edge(rates: float | np.ndarray) -> np.ndarray:
        return np.clip(rates, low, HIGH)

    figure = Figure(figsize=(5.4, 5.0), layout="constrained")
    ax = figure.subplots()
    set_det_axes(ax, low)
    ax.plot(
        [low, HIGH], [low, HIGH], color=GREY, linewidth=0.8, linestyle=":", label=f"APCER = BPCER (EER {_percent(metrics.eer)})"
    )
    ax.plot(edge(apcer), edge(bpcer), color=REAL, linewidth=2, label="all attacks", clip_on=False)
    ax.plot(
        *edge(np.array([metrics.far, metrics.frr])),
        "o",
        **_marker(REAL, f"BPCER {_percent(metrics.frr)}, APCER {_percent(metrics.far)}"),
    )
    if len(iso.apcer) > 1:
        groups = attack_scores(samples.score, samples.label, samples.attack_type).values()
        worst = np.max(
            [(scores.size - np.searchsorted(np.sort(scores), thresholds)) / scores.size for scores in groups], axis=0
        )
        rate = iso.apcer_worst.value
        ax.plot(edge(worst), edge(bpcer), color=SPOOF, linewidth=1.5, linestyle="--", label="worst attack type", clip_on=False)
        label = plain_label(f"APCER {_percent(rate)} ({iso.worst_attack})")
        ax.plot(*edge(np.array([rate, metrics.frr])), "s", **_marker(SPOOF, label))
    ax.legend(loc="best", fontsize=8, title=f"at threshold {metrics.threshold:.4f}", title_fontsize=8)
    ax.set_title(heading(report), fontsize=HEADING_SIZE)
    return figure


def set_det_axes(ax: Axes, low: float, ticks: np.ndarray = TICKS) -> None:
    """Scale, limit and label the axes of a DET curve.

    Args:
        ax: The axes.
        low: Smallest rate that is drawn.
        ticks: Labelled rates.
    """
    ax.set_xscale("function", functions=(_deviate, ndtr))
    ax.set_yscale("function", functions=(_deviate, ndtr))
    ticks = ticks[(low <= ticks) & (ticks <= HIGH)]
    names = [f"{100 * tick:g}" for tick in ticks]
    ax.set(xlim=(low, HIGH), ylim=(low, HIGH))
    ax.set_xticks(ticks, names, rotation=45)
    ax.set_yticks(ticks, names)
    ax.set(xlabel="APCER: attacks accepted, %", ylabel="BPCER: bona fide rejected, %")
    ax.set_aspect("equal")
    ax.grid(alpha=0.25)


def _deviate(rates: np.ndarray) -> np.ndarray:
    # matplotlib also passes values outside 0..1.
    return ndtri(np.clip(rates, 1e-6, 1 - 1e-6))


def _percent(rate: float) -> str:
    return f"{100 * rate:.2f}%"


def _marker(color: str, label: str) -> dict:
    return dict(color=color, markersize=8, markerfacecolor="white", clip_on=False, label=label, zorder=3)
