# SPDX-License-Identifier: Apache-2.0
"""ROC, DET and score histograms of several trainings on several domains, on equal axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import fill
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from flip_mm.evaluation import Report
from flip_mm.evaluation.functional import far_frr, roc_curve

from .colours import GREY, LINES, REAL, SERIES, SPOOF
from .det_plot import HIGH, set_det_axes
from .figure_file import draw_title, plain_label, title_height
from .threshold_plot import label_odds, place_of

COLUMNS, SIDE = 4, 2.75
# Bins and reach of the histograms, in log odds.
REACH, BINS = 16.2, 36
# Smallest rate on DET axes.
LOW = 0.001
RATES = np.array([0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99])

# Name of a training -> name of a domain -> its scores, with metrics at the threshold in use.
Curves = Mapping[str, Mapping[str, Report]]


class Bin(NamedTuple):
    """A bin of a histogram, in log odds, and the share of the class in it, in percent."""

    low: float
    high: float
    percent: float


def roc_points(report: Report) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return FPR, TPR and thresholds of a ROC curve, each (K,)."""
    return roc_curve.unchecked(report.samples.score, report.samples.label)


def det_points(report: Report) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return APCER of all attacks together, BPCER and thresholds of a DET curve, each (K,)."""
    thresholds = np.append(np.unique(report.samples.score), 1.1)
    return *far_frr.unchecked(report.samples.score, report.samples.label, thresholds), thresholds


def histogram_bins(report: Report, label: int) -> list[Bin]:
    """Return the histogram of a class. Scores outside of the axis are counted in its first and last bin."""
    edges = np.linspace(-REACH, REACH, BINS + 1)
    places = np.clip(place_of(report.samples.score[report.samples.label == label]), edges[0], edges[-1])
    counts, _ = np.histogram(places, edges)
    shares = (100 * counts / max(1, places.size)).tolist()
    return [Bin(*own) for own in zip(edges[:-1].tolist(), edges[1:].tolist(), shares, strict=True)]


def roc_panels(curves: Curves, title: str) -> Figure:
    """Draw a ROC plot for each domain, with a line for each training; circles are at the threshold in use."""

    def draw(ax: Axes, number: int, name: str, report: Report) -> None:
        fpr, tpr, _ = roc_points(report)
        label = plain_label(f"{name}: AUC {100 * report.metrics.auc:.2f} %")
        ax.plot(fpr, tpr, label=label, clip_on=False, **_style(number))
        ax.plot(report.metrics.far, 1 - report.metrics.frr, "o", clip_on=False, **_marker(number))

    def finish(ax: Axes) -> None:
        ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":")
        ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="attacks accepted (APCER)", ylabel="real accepted (1 - BPCER)")
        ax.xaxis.set_major_formatter(PercentFormatter(1))
        ax.yaxis.set_major_formatter(PercentFormatter(1))
        ax.grid(alpha=0.25)
        ax.legend(loc="lower right", fontsize=7)

    return _panels(curves, title, draw, finish)


def det_panels(curves: Curves, title: str) -> Figure:
    """Draw a DET plot for each domain; rates below 0.1 % are drawn at the edge; circles are at the threshold in use."""

    def draw(ax: Axes, number: int, name: str, report: Report) -> None:
        apcer, bpcer, _ = det_points(report)
        label = plain_label(f"{name}: EER {100 * report.metrics.eer:.2f} %")
        ax.plot(np.clip(apcer, LOW, HIGH), np.clip(bpcer, LOW, HIGH), label=label, clip_on=False, **_style(number))
        point = np.clip([report.metrics.far, report.metrics.frr], LOW, HIGH)
        ax.plot(*point, "o", clip_on=False, **_marker(number))

    def finish(ax: Axes) -> None:
        set_det_axes(ax, LOW, RATES)
        ax.plot([LOW, HIGH], [LOW, HIGH], color=GREY, linewidth=0.8, linestyle=":")
        ax.tick_params(labelsize=7)
        ax.legend(loc="upper right", fontsize=7)

    return _panels(curves, title, draw, finish)


def histogram_panels(curves: Curves, title: str) -> Figure:
    """Draw the scores of both classes on an axis of log odds: a row for each training, a column for each domain."""
    domains, names = _domains(curves), short_names(list(curves))
    wide = max(2.4, len(domains)) * SIDE
    figure = Figure(figsize=(wide, 1.9 * len(names) + 0.9 + title_height(title, wide)), layout="constrained")
    axes = figure.subplots(len(names), len(domains), squeeze=False, sharex=True, sharey=True)
    for row, (name, short) in zip(axes, names.items(), strict=True):
        for ax, domain in zip(row, domains, strict=True):
            if domain not in curves[name]:
                ax.text(0.5, 0.5, "no domain of this training", ha="center", transform=ax.transAxes, fontsize=8, color=GREY)
            else:
                _draw_histogram(ax, curves[name][domain])
            label_odds(ax, REACH)
            ax.tick_params(axis="x", labelsize=6.5, labelrotation=60)
            ax.tick_params(axis="y", labelsize=7)
            ax.grid(axis="y", alpha=0.25)
        row[0].set_ylabel(plain_label(fill(short, 28)) + "\nshare of the class, %", fontsize=8)
    axes[0][0].set_ylim(0, 1.12 * max(own.percent for of_run in curves.values() for r in of_run.values() for own in _bins(r)))
    for ax, domain in zip(axes[0], domains, strict=True):
        ax.set_title(plain_label(domain), fontsize=9)
    for ax in axes[-1]:
        ax.set_xlabel("p_real, spaced by log odds", fontsize=8)
    drawn = next(ax for row in axes for ax in row if ax.patches)
    figure.legend(*drawn.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    draw_title(figure, title)
    return figure


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Return the names without the parts that all of them have in common.

    Example:
        >>> short_names(["a, seed 0", "a, seed 1"])
        {'a, seed 0': 'seed 0', 'a, seed 1': 'seed 1'}
    """
    parts = [name.split(", ") for name in names]
    if len(names) == 1 or len({len(own) for own in parts}) > 1:
        return {name: name for name in names}
    kept = [place for place, own in enumerate(zip(*parts, strict=True)) if len(set(own)) > 1]
    return {name: ", ".join(own[place] for place in kept) for name, own in zip(names, parts, strict=True)}


def _bins(report: Report) -> list[Bin]:
    return [own for label in (0, 1) for own in histogram_bins(report, label)]


def _draw_histogram(ax: Axes, report: Report) -> None:
    for label, name, colour, hatch in ((0, "attacks", SPOOF, "////"), (1, "real", REAL, "")):
        bins = histogram_bins(report, label)
        heights, edges = [own.percent for own in bins], [*(own.low for own in bins), bins[-1].high]
        ax.stairs(heights, edges, fill=True, color=colour, alpha=0.45, label=name)
        ax.stairs(heights, edges, color=colour, linewidth=1, hatch=hatch, fill=False)
    threshold = report.metrics.threshold
    place = float(np.clip(place_of(threshold), -REACH, REACH))
    ax.axvline(place, color="black", linestyle="--", linewidth=1.2, label="threshold")
    side = "right" if place > 0 else "left"
    ax.annotate(
        f"{threshold:.4f}",
        (place, 0.93),
        xycoords=("data", "axes fraction"),
        xytext=(-3 if side == "right" else 3, 0),
        textcoords="offset points",
        fontsize=7,
        ha=side,
        va="top",
        bbox=dict(facecolor="white", alpha=0.8, edgecolor="none", pad=0.5),
    )


def _panels(
    curves: Curves,
    title: str,
    draw: Callable[[Axes, int, str, Report], None],
    finish: Callable[[Axes], None],
) -> Figure:
    domains = _domains(curves)
    columns = min(COLUMNS, len(domains))
    rows, wide = -(-len(domains) // columns), max(2, columns) * SIDE
    figure = Figure(figsize=(wide, rows * (SIDE + 0.1) + 0.15 + title_height(title, wide)), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax, domain in zip(axes, domains, strict=False):
        for number, (name, short) in enumerate(short_names(list(curves)).items()):
            if domain in curves[name]:
                draw(ax, number, short, curves[name][domain])
        finish(ax)
        ax.set_title(plain_label(domain), fontsize=9)
        ax.xaxis.label.set_size(8)
        ax.yaxis.label.set_size(8)
        ax.tick_params(labelsize=7)
    for ax in axes[len(domains) :]:
        ax.set_axis_off()
    draw_title(figure, title)
    return figure


def _domains(curves: Curves) -> list[str]:
    names: Sequence[str] = [name for reports in curves.values() for name in reports]
    # Those that no training has seen first; sorting keeps the order otherwise.
    return sorted(dict.fromkeys(names), key=lambda name: "(target)" not in name)


def _style(number: int) -> dict:
    return dict(color=SERIES[number % len(SERIES)], linestyle=LINES[number % len(LINES)], linewidth=1.6)


def _marker(number: int) -> dict:
    return dict(color=SERIES[number % len(SERIES)], markersize=5.5, markerfacecolor="white", zorder=4)
