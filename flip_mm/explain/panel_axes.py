# SPDX-License-Identifier: Apache-2.0
"""Where the drawing of a panel is in its cell, in inches: all drawings have the same height."""

from __future__ import annotations

from matplotlib.figure import Figure

from .panels import Panel

# A cell of one column: width, and height of the drawing; below a plot with axes their labels need space.
WIDTH, SIDE, LABELS = 3.75, 2.6, 0.5


def cell_width(panel: Panel) -> float:
    """Width of the cell of a panel."""
    return 2 * WIDTH if panel.wide else WIDTH


def draw_panel(panel: Panel, figure: Figure, left: float, bottom: float) -> None:
    """Draw a panel into a figure.

    Args:
        panel: The panel.
        figure: Gets new axes.
        left: Left edge of the cell.
        bottom: Lower edge of the drawing, without the labels of axes.
    """
    wide, high = figure.get_size_inches()
    # To the right, a colour bar with its label needs space, or nothing but a margin.
    width = cell_width(panel) - panel.left - 0.35 if panel.wide else SIDE
    ax = figure.add_axes(((left + panel.left) / wide, bottom / high, width / wide, SIDE / high))
    panel.draw(ax)
