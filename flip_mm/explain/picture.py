# SPDX-License-Identifier: Apache-2.0
"""Write an explanation as one picture."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

from matplotlib.figure import Figure

from flip_mm.inference.result import LIVE, SPOOF
from flip_mm.visualization.colours import GREY
from flip_mm.visualization.figure_file import plain_label, save_figure

from . import words
from .explanation import Explanation
from .overlay import COLOURS
from .panel_axes import LABELS, SIDE, WIDTH, draw_panel
from .panels import Panel, panel_groups

COLUMNS = 4
# Inches: margin, title of a panel, its text, and a line of the heading.
MARGIN, TITLE, TEXT, LINE = 0.3, 0.3, 0.95, 0.23
# Letters in a line: below a panel of one column, and in the heading.
LETTERS, HEADING = 55, 175
DPI = 110


def save_picture(explanation: Explanation, path: str | Path) -> None:
    """Write an explanation as PNG.

    Raises:
        OSError: The file cannot be written.
    """
    rows = [row for group in panel_groups(explanation).values() for row in _rows(group)]
    lines = _heading(explanation)
    heights = [TITLE + SIDE + TEXT + LABELS * any(panel.left for panel in row) for row in rows]
    top = 0.75 + LINE * len(lines)
    figure = Figure(figsize=(COLUMNS * WIDTH + MARGIN, top + sum(heights) + MARGIN / 2))
    _draw_heading(explanation, lines, figure)
    y = figure.get_figheight() - top
    for row, height in zip(rows, heights, strict=True):
        column = 0
        for panel in row:
            _draw(panel, figure, MARGIN + column * WIDTH, y - TITLE)
            column += 2 if panel.wide else 1
        y -= height
    save_figure(figure, path, DPI)


def _rows(found: list[Panel]) -> list[list[Panel]]:
    rows, free = [], 0
    for panel in found:
        span = 2 if panel.wide else 1
        if span > free:
            rows.append([])
            free = COLUMNS
        rows[-1].append(panel)
        free -= span
    return rows


def _heading(explanation: Explanation) -> list[str]:
    return [line for sentence in words.sentences(explanation) for line in fill(sentence, HEADING).splitlines()]


def _draw_heading(explanation: Explanation, lines: list[str], figure: Figure) -> None:
    wide, high = figure.get_size_inches()
    result = explanation.result
    colour = {LIVE: COLOURS["live"], SPOOF: COLOURS["spoof"]}.get(result.verdict, "black")
    left, right, top = MARGIN / wide, 1 - MARGIN / wide, 1 - 0.15 / high
    figure.text(left, top, words.headline(result), fontsize=20, fontweight="bold", color=colour, va="top")
    names = plain_label(f"{Path(result.source).name}\nmodel {explanation.model}")
    figure.text(right, top, names, fontsize=9, color=GREY, va="top", ha="right")
    figure.text(left, 1 - 0.6 / high, plain_label("\n".join(lines)), fontsize=10.5, va="top", linespacing=1.4)


def _draw(panel: Panel, figure: Figure, left: float, top: float) -> None:
    """Draw a panel; ``top`` is the upper edge of its drawing."""
    wide, high = figure.get_size_inches()
    draw_panel(panel, figure, left, top - SIDE)
    figure.text(left / wide, (top + 0.08) / high, panel.title, fontsize=11, fontweight="bold")
    below = top - SIDE - 0.08 - LABELS * bool(panel.left)
    text = fill(panel.text, LETTERS * (2 if panel.wide else 1))
    figure.text(left / wide, below / high, plain_label(text), fontsize=8, va="top", linespacing=1.25)
