# SPDX-License-Identifier: Apache-2.0
"""Plot the scores of both classes on axes of log odds, with thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import logit

from flip_mm.evaluation.score_table import ScoreTable

from .colours import GREY, REAL, SPOOF
from .figure_file import plain_label

TICKS = np.array([1e-6, 1e-4, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999, 1 - 1e-6])
NAMES = ("0.000001", "0.0001", "0.01", "0.1", "0.5", "0.9", "0.99", "0.9999", "0.999999")
EDGE = float(logit(1 - 1e-7))


def threshold_figure(samples: ScoreTable, thresholds: Mapping[str, float]) -> Figure:
    """Draw the distribution of the scores of each class on an axis of log odds, which separates scores near 0 and 1.

    Args:
        samples: The scores. Those beyond 1e-7 and 1 - 1e-7 are drawn at the edge.
        thresholds: Label -> threshold; the first one is the one in use. One outside 0..1 is drawn at the edge.
    """
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    ax = figure.subplots()
    values = place_of(samples.score)
    reach = max(4.0, float(np.abs(values).max()) * 1.02)
    edges = np.linspace(-reach, reach, 49)
    for label, name, colour in ((0, "attacks", SPOOF), (1, "genuine users", REAL)):
        own = values[samples.label == label]
        ax.hist(own, edges, weights=np.full(own.size, 100 / own.size), color=colour, alpha=0.6, label=f"{name}: {own.size}")
    for number, (place, names) in enumerate(_merged(thresholds, reach).items()):
        style = dict(color="black", linewidth=1.6) if not number else dict(color=GREY, linewidth=1, linestyle="--")
        ax.axvline(place, **style)
        ax.annotate(
            plain_label(", ".join(names)),
            # Neighbours at different heights, so that their labels do not hide each other.
            (place, 0.98 - 0.3 * (number % 3)),
            xycoords=("data", "axes fraction"),
            xytext=(2, 0),
            textcoords="offset points",
            va="top",
            rotation=90,
            fontsize=8,
            color=style["color"],
            bbox=dict(facecolor="white", alpha=0.7, edgecolor="none", pad=0.5),
        )
    label_odds(ax, reach)
    ax.set(xlabel="probability of being real (spaced by log odds)", ylabel="share of the class, %")
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def _merged(thresholds: Mapping[str, float], reach: float) -> dict[float, list[str]]:
    """Place -> names of the thresholds that would be drawn there, those of equal places together."""
    found: dict[float, list[str]] = {}
    for name, threshold in thresholds.items():
        place = float(np.clip(place_of(threshold), -reach, reach))
        same = next((other for other in found if abs(other - place) < 0.004 * reach), place)
        found.setdefault(same, []).append(name)
    return found


def label_odds(ax: Axes, reach: float) -> None:
    """Label an axis of log odds up to ``reach`` with probabilities."""
    shown = np.abs(logit(TICKS)) <= reach
    ax.set_xticks(logit(TICKS)[shown], np.array(NAMES)[shown], fontsize=8)
    ax.set_xlim(-reach, reach)


def place_of(scores: np.ndarray | float) -> np.ndarray:
    """Return the places of probabilities on an axis of log odds; those beyond 1e-7 and 1 - 1e-7 are at the edge."""
    with np.errstate(divide="ignore"):
        return np.clip(logit(np.clip(scores, 0, 1)), -EDGE, EDGE)
