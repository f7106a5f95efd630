# SPDX-License-Identifier: Apache-2.0
"""Plot a metric of several variants of a training: mean and standard deviation over seeds, and each seed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product, takewhile
from pathlib import Path
from statistics import fmean, stdev

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from flip_mm.evaluation.directions import DIRECTIONS

from .colours import GREY, LINES, SERIES
from .figure_file import draw_title, plain_label, save_figure_as, title_height

# variant -> run -> seed -> percent
Values = Mapping[str, Mapping[str, Mapping[int | None, float]]]
# Room for the bars of a group, and for the points of a bar, as a share of their width.
GROUP_WIDTH, POINTS_WIDTH = 0.8, 0.5
# Looks of the variants: colour, pattern of a bar, style of a line.
LOOKS = [(colour, *style) for style, colour in product(zip(("", "//", "..", "xx"), LINES, strict=True), SERIES)]
WIDEST, HEIGHT = 14.0, 3.7
LABEL_SIZE, LEGEND_SIZE = 8, 8


def plot_bars(values: Values, metric: str, title: str, path: str | Path) -> None:
    """Write the plot of :func:`bar_figure` as PNG, PDF or SVG, by the ending of the name."""
    save_figure_as(bar_figure(values, metric, title), path)


def bar_figure(values: Values, metric: str, title: str) -> Figure:
    """Draw a metric: groups of runs, one bar for each variant, one point for each seed.

    A bar begins at 0, so that its length is the value. A metric that is better when higher, such as AUC, has values near 100 %:
    it has no bars, only the mean as a line, and its axis need not begin at 0. Several seeds have an error bar, the standard
    deviation (n - 1).

    Args:
        values: Variant -> run -> seed -> percent. A variant may lack runs. Names of variants are shown without what all share.
        metric: Name of the metric, ``'HTER'``.
        title: How checkpoints and thresholds were chosen; long lines are wrapped.

    Raises:
        ValueError: There are no values.
    """
    runs = list(dict.fromkeys(run for own in values.values() for run in own))
    if not runs:
        raise ValueError(f"There are no values of {metric} to plot.")
    has_bars = DIRECTIONS.get(metric) == "less"
    single = len(runs) == 1
    names = dict(zip(values, short_names(list(values)), strict=True))
    width = GROUP_WIDTH if single else GROUP_WIDTH / len(values)
    wide = min(max(5.4, 1.6 + 0.5 * len(values) * len(runs)), WIDEST)
    figure = Figure(figsize=(wide, HEIGHT + title_height(title, wide)), layout="constrained")
    ax = figure.subplots()
    for number, (variant, own) in enumerate(values.items()):
        look = LOOKS[0 if single else number % len(LOOKS)]
        for run, found in own.items():
            place = number if single else runs.index(run) + (number - (len(values) - 1) / 2) * width
            _draw(ax, place, width, list(found.values()), look, has_bars)
        if not single:
            _mark(ax, 0, float("nan"), width, look, has_bars, label=plain_label(names[variant]))
    labels = list(map(plain_label, names.values() if single else runs))
    ax.set_xticks(range(len(labels)), labels, fontsize=LABEL_SIZE, **(dict(rotation=30, ha="right") if single else {}))
    if single:
        ax.set_xlabel(plain_label(runs[0]))
    else:
        for border in range(1, len(runs)):
            ax.axvline(border - 0.5, color=GREY, linewidth=0.5, alpha=0.4)
        ax.legend(fontsize=LEGEND_SIZE, loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    if has_bars:
        ax.set_ylim(bottom=0)
    ax.set_ylabel(f"{metric} in percent ({'lower' if has_bars else 'higher'} is better)")
    ax.grid(axis="y", alpha=0.25)
    ax.set_axisbelow(True)
    draw_title(figure, title)
    return figure


def short_names(names: list[str]) -> list[str]:
    """Leave out the words (between ``_``) that all names begin with; a name that has no other words is shown in full.

    Example:
        >>> short_names(["flip_it_p1", "flip_it_p1_prompts-p1", "flip_it_p1_frozen-text"])
        ['flip_it_p1', 'prompts-p1', 'frozen-text']
        >>> short_names(["flip_it_p1", "flip_v_p1"]), short_names(["flip_it_p1"])
        (['flip_it_p1', 'flip_v_p1'], ['flip_it_p1'])
    """
    words = [name.split("_") for name in names]
    shared = 0 if len(names) == 1 else sum(1 for _ in takewhile(lambda own: len({*own}) == 1, zip(*words, strict=False)))
    # One common word, 'flip', is part of the names of the methods.
    shared = 0 if shared == 1 else shared
    return ["_".join(own[shared:]) or name for own, name in zip(words, names, strict=True)]


def _draw(ax: Axes, place: float, width: float, values: list[float], look: tuple[str, str, str], has_bars: bool) -> None:
    """Draw one variant in one run."""
    mean = fmean(values)
    _mark(ax, place, mean, width, look, has_bars)
    if len(values) > 1:
        ax.errorbar(place, mean, stdev(values), color=GREY, capsize=3, linewidth=1, zorder=3)
    step = POINTS_WIDTH * width / len(values)
    places = [place + (number - (len(values) - 1) / 2) * step for number in range(len(values))]
    ax.plot(places, values, "o", color="black", markersize=3.5, zorder=4, clip_on=False)


def _mark(
    ax: Axes, place: float, mean: float, width: float, look: tuple[str, str, str], has_bars: bool, label: str | None = None
) -> None:
    """Draw a mean as a bar or as a line."""
    colour, hatch, line = look
    if has_bars:
        # Without transparency: the grid would be visible through it.
        pale = [0.4 + 0.6 * part for part in to_rgb(colour)]
        ax.bar(place, mean, 0.9 * width, color=pale, hatch=hatch, edgecolor="white", label=label)
    else:
        ends = [place - 0.4 * width, place + 0.4 * width]
        ax.plot(ends, [mean, mean], color=colour, linestyle=line, linewidth=2.5, label=label)
