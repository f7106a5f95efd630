# SPDX-License-Identifier: Apache-2.0
"""Draw similarities to prompts, and scores of moved boxes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from textwrap import shorten

from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from flip_mm.faces.moved_boxes import SCALES
from flip_mm.inference.model_card import Decision
from flip_mm.inference.result import decide
from flip_mm.visualization.colours import GREY, REAL, SPOOF
from flip_mm.visualization.figure_file import plain_label

from .box_moves import SHIFTS, BoxMoves

# Bars that are drawn, and letters of a sentence.
BARS, LETTERS = 16, 48


def plot_prompts(similarities: Mapping[str, float], real: Collection[str], ax: Axes) -> None:
    """Draw the similarities as bars, the largest on top.

    Args:
        similarities: Sentence -> cosine similarity.
        real: Sentences of the class real.
        ax: Where to draw.
    """
    ranked = sorted(similarities.items(), key=lambda item: item[1], reverse=True)[:BARS]
    places = range(len(ranked))
    colours = [REAL if sentence in real else SPOOF for sentence, _ in ranked]
    bars = ax.barh(places, [value for _, value in ranked], color=colours, height=0.75)
    # The classes are distinguished without colour, too.
    for bar, (sentence, _) in zip(bars, ranked, strict=True):
        bar.set_hatch("" if sentence in real else "//")
        bar.set_edgecolor("white")
    ax.set_yticks(places, [plain_label(shorten(sentence, LETTERS, placeholder=" ...")) for sentence, _ in ranked], fontsize=8)
    ax.invert_yaxis()
    ax.axvline(0, color=GREY, linewidth=0.8)
    ax.set_xlabel("cosine similarity", fontsize=8)
    ax.tick_params(axis="x", labelsize=8)
    ax.grid(axis="x", alpha=0.25)
    handles = [Patch(facecolor=SPOOF, hatch="//", edgecolor="white", label="spoof"), Patch(facecolor=REAL, label="live")]
    ax.legend(handles=handles, fontsize=8, loc="lower right", title="sentence for", title_fontsize=8)


def plot_shifts(moves: BoxMoves, decision: Decision | None, ax: Axes) -> None:
    """Draw p_real of shifted boxes as a table, with orange frames around scores that have another verdict than the middle."""
    ax.imshow(moves.shifted, cmap="cividis", vmin=0, vmax=1)
    middle = len(SHIFTS) // 2
    for row, values in enumerate(moves.shifted):
        for column, value in enumerate(values):
            ax.text(
                column, row, f"{value:.2f}", ha="center", va="center", fontsize=8, color="white" if value < 0.6 else "black"
            )
            if decide(value, decision)[0] != decide(moves.shifted[middle, middle], decision)[0]:
                _frame(ax, row, column, SPOOF)
    _frame(ax, middle, middle, "white")
    names = [f"{100 * shift:+.3g} %" if shift else "0" for shift in SHIFTS]
    ax.set_xticks(range(len(SHIFTS)), names, fontsize=8)
    ax.set_yticks(range(len(SHIFTS)), names, fontsize=8)
    ax.set_xlabel("shift to the right", fontsize=8)
    ax.set_ylabel("shift downwards", fontsize=8)


def plot_scales(moves: BoxMoves, decision: Decision | None, ax: Axes) -> None:
    """Draw p_real against the size of the box, with the thresholds."""
    ax.plot(SCALES, moves.scaled, "o-", color="black", linewidth=1.5, markersize=5)
    if decision is not None:
        lines = {"live from": (decision.accept, REAL)}
        if decision.reject < decision.accept:
            lines["spoof below"] = (decision.reject, SPOOF)
        for name, (value, colour) in lines.items():
            ax.axhline(value, color=colour, linestyle="--", linewidth=1.5, label=f"{name} {value:.3g}")
        ax.legend(fontsize=8, loc="best")
    ax.axvline(1, color=GREY, linestyle=":", linewidth=1)
    ax.set(xlim=(0.77, 1.43), ylim=(-0.03, 1.03), xticks=SCALES)
    ax.set_xlabel("size of the box, times the one that was used", fontsize=8)
    ax.set_ylabel("p_real", fontsize=8)
    ax.tick_params(labelsize=8)
    ax.grid(alpha=0.25)


def _frame(ax: Axes, row: int, column: int, colour: str) -> None:
    ax.add_patch(Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, edgecolor=colour, linewidth=2))
