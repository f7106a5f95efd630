# SPDX-License-Identifier: Apache-2.0
"""Metrics on the domains that trained against those on the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from flip_mm.evaluation import Report
from flip_mm.evaluation.roles import TARGET
from flip_mm.visualization.colours import GREY, MARKERS, SERIES
from flip_mm.visualization.domain_plots import short_names
from flip_mm.visualization.figure_file import draw_title, plain_label, title_height

from .domain_images import SOURCE, DomainImages

RESAMPLES = 1000
WIDE = 10.0


@dataclass(frozen=True)
class DomainMetrics:
    """Metrics of a training on one domain, in percent.

    Attributes:
        run: Name of the training.
        domain: Such as ``'O (target)'``.
        role: ``'target'``, ``'source'`` or ``'dev'``.
        videos: Number of videos.
        trained: Number of videos of its list that are in the training list, too.
        listed: Number of videos in its list.
        hter: At a threshold that is fitted on the domain itself.
        hter_interval: 95 %, by a bootstrap over videos that fits the threshold again.
        hter_in_use: At the threshold in use.
        auc: Area under the ROC curve.
        auc_interval: 95 %.
        threshold: Fitted on the domain itself.
    """

    run: str
    domain: str
    role: str
    videos: int
    trained: int
    listed: int
    hter: float
    hter_interval: tuple[float, float]
    hter_in_use: float
    auc: float
    auc_interval: tuple[float, float]
    threshold: float


def domain_metrics(run: str, images: DomainImages, own: Report, in_use: Report) -> DomainMetrics:
    """Collect the metrics of a domain.

    Args:
        run: Name of the training.
        images: The domain.
        own: Its metrics at a threshold that is fitted on it.
        in_use: Its metrics at the threshold in use.
    """
    bounds = own.bootstrap("video", RESAMPLES)
    return DomainMetrics(
        run,
        images.name,
        images.role,
        len(own.samples),
        images.trained,
        images.videos,
        100 * own.metrics.hter,
        bounds["HTER"],
        100 * in_use.metrics.hter,
        100 * own.metrics.auc,
        bounds["AUC"],
        own.metrics.threshold,
    )


def gap_of(metrics: Sequence[DomainMetrics]) -> dict[str, float | None]:
    """Return the difference between target and sources.

    Args:
        metrics: Of one training.

    Returns:
        HTER of the target minus the mean HTER of the sources' test lists, and the mean AUC of the sources minus that of the
        target, in percentage points; None without a source. Both are larger if the target is harder.
    """
    target = next(own for own in metrics if own.role == TARGET)
    others = [own for own in metrics if own.role == SOURCE]
    if not others:
        return {"HTER": None, "AUC": None}
    return {
        "HTER": target.hter - float(np.mean([own.hter for own in others])),
        "AUC": float(np.mean([own.auc for own in others])) - target.auc,
    }


def gap_figure(metrics: Mapping[str, Sequence[DomainMetrics]], title: str) -> Figure:
    """Draw HTER and AUC of each domain with intervals, the target in a shaded column.

    Args:
        metrics: Training -> its domains.
        title: Above both.
    """
    names = list(dict.fromkeys(own.domain for of_run in metrics.values() for own in of_run))
    names.sort(key=lambda name: "(target)" not in name)
    figure = Figure(figsize=(WIDE, 4.0 + title_height(title, WIDE)), layout="constrained")
    left, right = figure.subplots(1, 2)
    for ax, label in ((left, "HTER, %: lower is better"), (right, "AUC, %: higher is better")):
        _draw(ax, metrics, names, is_hter=ax is left)
        ax.set_xticks(range(len(names)), [plain_label(_tick(name, metrics)) for name in names], fontsize=7.5)
        ax.set_ylabel(label, fontsize=9)
        ax.set_xlim(-0.5, len(names) - 0.5)
        ax.grid(axis="y", alpha=0.25)
        for number, name in enumerate(names):
            if "(target)" in name:
                ax.axvspan(number - 0.5, number + 0.5, color=GREY, alpha=0.1, linewidth=0)
    left.set_ylim(bottom=0)
    right.set_ylim(top=100.5)
    handles = [
        Line2D([], [], color=SERIES[n % len(SERIES)], marker=MARKERS[n % len(MARKERS)], label=plain_label(name))
        for n, name in enumerate(short_names(list(metrics)).values())
    ]
    filled = [
        Line2D([], [], color=GREY, marker="o", linestyle="", label="threshold fitted on the domain itself, 95 % interval"),
        Line2D([], [], color=GREY, marker="o", linestyle="", markerfacecolor="white", label="threshold in use (HTER)"),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=4, fontsize=8, frameon=False)
    figure.legend(handles=filled, loc="outside lower right", ncols=1, fontsize=8, frameon=False)
    draw_title(figure, title)
    return figure


def _tick(name: str, metrics: Mapping[str, Sequence[DomainMetrics]]) -> str:
    """Name of a domain, and the share of its videos that trained."""
    shares = {round(100 * own.trained / own.listed) for of_run in metrics.values() for own in of_run if own.domain == name}
    share = str(shares.pop()) if len(shares) == 1 else f"{min(shares)} to {max(shares)}"
    return name.replace(" (", "\n(") + f"\n{share} % of\nits videos\ntrained"


def _draw(ax: Axes, metrics: Mapping[str, Sequence[DomainMetrics]], names: list[str], is_hter: bool) -> None:
    for number, of_run in enumerate(metrics.values()):
        shift = 0.6 * ((number + 0.5) / len(metrics) - 0.5)
        style = dict(color=SERIES[number % len(SERIES)], marker=MARKERS[number % len(MARKERS)], linestyle="", markersize=5)
        for own in of_run:
            x = names.index(own.domain) + shift
            value, (low, high) = (own.hter, own.hter_interval) if is_hter else (own.auc, own.auc_interval)
            # A percentile interval need not contain the value.
            errors = [[max(0.0, value - low)], [max(0.0, high - value)]]
            ax.errorbar([x], [value], yerr=errors, capsize=2.5, elinewidth=1, clip_on=False, **style)
            if is_hter:
                ax.plot([x + 0.08], [own.hter_in_use], markerfacecolor="white", clip_on=False, zorder=3, **style)
