# SPDX-License-Identifier: Apache-2.0
"""Write an explanation as a page."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from flip_mm.visualization.figure_file import figure_uri
from flip_mm.visualization.html_page import write_page

from . import words
from .explanation import Explanation
from .panel_axes import LABELS, SIDE, cell_width, draw_panel
from .panels import Panel, panel_groups

# Inches around a drawing.
MARGIN = 0.1


def save_page(explanation: Explanation, path: str | Path) -> None:
    """Write an explanation as a self-contained page, without metadata of the picture.

    Raises:
        ImportError: Jinja2 is not installed.
        OSError: The file cannot be written.
    """
    result = explanation.result
    write_page(
        "explanation.html",
        path,
        title=words.headline(result),
        source=Path(result.source).name,
        model=explanation.model,
        sentences=words.sentences(explanation),
        groups={
            title: [dict(title=panel.title, text=panel.text, wide=panel.wide, drawing=panel_uri(panel)) for panel in group]
            for title, group in panel_groups(explanation).items()
        },
    )


def panel_uri(panel: Panel) -> str:
    """Return the drawing of a panel as data URI of a PNG."""
    labels = LABELS * bool(panel.left)
    figure = Figure(figsize=(cell_width(panel) + MARGIN, SIDE + labels + 2 * MARGIN))
    draw_panel(panel, figure, MARGIN, labels + MARGIN)
    return figure_uri(figure)
