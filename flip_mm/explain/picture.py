# SPDX-License-Identifier: Apache-2.0
"""Write an explanation as one picture."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from flip_mm.inference.result import LIVE, SPOOF
from flip_mm.visualization.colours import GREY
from flip_mm.visualization.figure_file import plain_label, save_figure

from . import words
from .explanation import Explanation
from .face_plots import COLOURS
from .panels import Panel, panels

COLUMNS = 4
# Inches, and letters in a line below a panel of one column.
WIDTH, HEIGHT, HEAD = 3.7, 4.3, 1.7
LETTERS = 56
DPI = 110


def save_picture(explanation: Explanation, path: str | Path) -> None:
    """Write an explanation as PNG.

    Raises:
        OSError: The file cannot be written.
    """
    rows = _rows(panels(explanation))
    figure = Figure(figsize=(COLUMNS * WIDTH, len(rows) * HEIGHT + HEAD), layout="constrained")
    head, body = figure.subfigures(2, 1, height_ratios=[HEAD, max(len(rows), 0.01) * HEIGHT])
    _draw_head(explanation, head)
    if rows:
        grid = GridSpec(len(rows), COLUMNS, figure=body)
        for number, row in enumerate(rows):
            column = 0
            for panel in row:
                span = 2 if panel.wide else 1
                _draw(panel, body.add_subplot(grid[number, column : column + span]), LETTERS * span)
                column += span
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


def _draw_head(explanation: Explanation, head: Figure) -> None:
    result = explanation.result
    colour = {LIVE: COLOURS["live"], SPOOF: COLOURS["spoof"]}.get(result.verdict, "black")
    name = plain_label(Path(result.source).name)
    head.text(0.01, 0.93, words.headline(result), fontsize=22, fontweight="bold", color=colour, va="top")
    head.text(0.99, 0.93, f"{name}\nmodel {plain_label(explanation.model)}", fontsize=10, color=GREY, va="top", ha="right")
    lines = [words.threshold(result), *words.reasons(result), explanation.note]
    text = "\n".join(fill(line, 190) for line in lines if line)
    head.text(0.01, 0.58, plain_label(text), fontsize=11, va="top", linespacing=1.4)


def _draw(panel: Panel, ax: object, letters: int) -> None:
    panel.draw(ax)
    ax.set_title(panel.title, fontsize=11, fontweight="bold", loc="left")
    label = ax.get_xlabel()
    text = "\n".join(filter(None, [label, fill(plain_label(panel.text), letters)]))
    ax.set_xlabel(text, fontsize=8, loc="left" if not label else "center")
