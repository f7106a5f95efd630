# SPDX-License-Identifier: Apache-2.0
"""Plots of the report about a detector, as data URIs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .colours import GREY, REAL, SPOOF
from .figure_file import figure_uri, plain_label

LIVE = "live"
# Points of one row; more are drawn as a sample.
MOST_POINTS = 400


def score_chart(scores: Mapping[str, NDArray[np.float64]], threshold: float) -> str:
    """Draw the score of every presentation, one row for each kind.

    Args:
        scores: Kind of presentation, ``'live'`` among them -> p_live (N,).
        threshold: Presentations with at least this score are accepted.

    Returns:
        PNG as data URI.
    """
    figure = Figure(figsize=(9.0, 1.1 + 0.42 * len(scores)), layout="constrained")
    ax = figure.subplots()
    rng = np.random.default_rng(0)
    for row, (kind, values) in enumerate(scores.items()):
        shown = values if len(values) <= MOST_POINTS else rng.choice(values, MOST_POINTS, replace=False)
        wrong = (shown < threshold) if kind == LIVE else (shown >= threshold)
        heights = row + rng.uniform(-0.28, 0.28, len(shown)) * (len(shown) > 1)
        colour = REAL if kind == LIVE else SPOOF
        ax.scatter(shown[~wrong], heights[~wrong], s=14, color=colour, alpha=0.45, linewidths=0)
        ax.scatter(shown[wrong], heights[wrong], s=22, color=colour, marker="x", linewidths=1.2)
    ax.axvline(threshold, color=GREY, linestyle="--", linewidth=1)
    ax.set_yticks(range(len(scores)), [plain_label(f"{kind} ({len(values)})") for kind, values in scores.items()])
    ax.set(xlim=(-0.02, 1.02), ylim=(len(scores) - 0.5, -0.5), xlabel="p_live; crosses are errors at the threshold (dashed)")
    ax.grid(axis="x", alpha=0.25)
    return figure_uri(figure)


def sweep_chart(groups: Mapping[str, Sequence[tuple[str, float, float, float, float]]], base: tuple[float, float]) -> str:
    """Draw error rates under changed conditions.

    Args:
        groups: What is varied -> label, APCER, BPCER, share of other verdicts and largest change of p_live of each condition.
        base: APCER and BPCER of the unchanged pictures.

    Returns:
        PNG as data URI.
    """
    columns = min(3, len(groups))
    rows = -(-len(groups) // columns)
    figure = Figure(figsize=(3.6 * columns, 2.5 * rows), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns, sharey=True)).ravel()
    for ax, (group, conditions) in zip(axes, groups.items(), strict=False):
        places = range(len(conditions))
        for number, (name, colour) in enumerate((("attacks accepted (APCER)", SPOOF), ("live rejected (BPCER)", REAL))):
            ax.axhline(100 * base[number], color=colour, linestyle=":", linewidth=1)
            ax.plot(places, [100 * one[1 + number] for one in conditions], "o-", color=colour, label=name, clip_on=False)
        flips = [100 * one[3] for one in conditions]
        ax.bar(places, flips, width=0.5, color=GREY, alpha=0.25, label="other verdict")
        largest = [100 * one[4] for one in conditions]
        ax.plot(places, largest, "_", color="black", markersize=12, label="largest change of p_live, x 100")
        ax.set_xticks(places, [plain_label(one[0]) for one in conditions])
        ax.set(title=group, ylim=(0, 100), xlim=(-0.5, len(conditions) - 0.5))
        ax.grid(axis="y", alpha=0.25)
    for ax in axes[len(groups) :]:
        ax.axis("off")
    for ax in axes[::columns]:
        ax.set_ylabel("%")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure_uri(figure)
