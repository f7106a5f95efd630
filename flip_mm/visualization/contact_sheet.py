# SPDX-License-Identifier: Apache-2.0
"""Pictures in rows and groups on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import fill

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .colours import GREY
from .figure_file import plain_label

# Inches: margin, gap between pictures, and a line of text.
MARGIN, GAP, LINE = 0.15, 0.06, 0.17
# Letters in an inch of a title and of the name of a row, and pixels in an inch of a picture.
LETTERS, NAME_LETTERS, PIXELS = 13.5, 14, 200
TITLE_SIZE, TEXT_SIZE, CAPTION_SIZE = 10, 9, 7.5


@dataclass(frozen=True)
class Tile:
    """A picture.

    Attributes:
        image: (h, w, 3) uint8 RGB.
        caption: One line below it.
    """

    image: np.ndarray
    caption: str = ""


@dataclass(frozen=True)
class TileRow:
    """Pictures beside each other.

    Attributes:
        name: Left of the row; may have several lines.
        tiles: The pictures.
    """

    name: str
    tiles: Sequence[Tile] = ()


@dataclass(frozen=True)
class TileGroup:
    """Rows below a title.

    Attributes:
        title: One line.
        rows: The rows; without any, ``empty`` is written.
        heads: Names of the columns.
        empty: One line.
    """

    title: str
    rows: Sequence[TileRow] = ()
    heads: Sequence[str] = field(default=())
    empty: str = "none"


def sheet_figure(title: str, groups: Sequence[TileGroup], columns: int, side: float = 0.95) -> Figure:
    """Draw groups of pictures below each other; all pictures have the same width.

    Args:
        title: Above all; its lines are wrapped.
        groups: The groups.
        columns: Number of pictures that fit in a row.
        side: Width of a picture in inches.
    """
    longest = max((len(line) for group in groups for row in group.rows for line in row.name.splitlines()), default=0)
    names = longest / NAME_LETTERS + 0.1 if longest else 0.0
    wide = 2 * MARGIN + names + columns * (side + GAP)
    lines = [own for line in title.splitlines() for own in fill(line, int(wide * LETTERS)).splitlines()]
    high = 2 * MARGIN + LINE * (len(lines) + 0.6) + sum(_height(group, side) for group in groups)
    figure = Figure(figsize=(wide, high))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, wide), ylim=(high, 0))
    ax.set_axis_off()
    ax.text(MARGIN, MARGIN, plain_label("\n".join(lines)), fontsize=TEXT_SIZE, va="top", linespacing=1.35)
    y = MARGIN + LINE * (len(lines) + 0.6)
    for group in groups:
        y = _draw_group(ax, group, y, side, MARGIN + names)
    return figure


def _draw_group(ax: Axes, group: TileGroup, y: float, side: float, left: float) -> float:
    ax.text(MARGIN, y + LINE, plain_label(group.title), fontsize=TITLE_SIZE, fontweight="bold")
    y += 1.6 * LINE
    if not group.rows:
        ax.text(MARGIN, y + 0.6 * LINE, plain_label(group.empty), fontsize=TEXT_SIZE, color=GREY)
        return y + 1.4 * LINE
    for number, head in enumerate(group.heads):
        x = left + number * (side + GAP) + side / 2
        ax.text(x, y + 0.7 * LINE, plain_label(head), fontsize=CAPTION_SIZE, ha="center", color=GREY)
    y += LINE if group.heads else 0
    for row in group.rows:
        high = _picture_height(row, side)
        ax.text(MARGIN, y + high / 2, plain_label(row.name), fontsize=CAPTION_SIZE + 0.5, va="center", linespacing=1.3)
        for number, tile in enumerate(row.tiles):
            x = left + number * (side + GAP)
            ax.imshow(_shrunk(tile.image, side), extent=(x, x + side, y + high, y), aspect="auto", interpolation="nearest")
            if tile.caption:
                place = x + side / 2, y + high + 0.75 * LINE
                ax.text(*place, plain_label(tile.caption), fontsize=CAPTION_SIZE, ha="center")
        # Pictures move the limits.
        ax.set(xlim=(0, ax.figure.get_figwidth()), ylim=(ax.figure.get_figheight(), 0))
        y += high + GAP + (LINE if any(tile.caption for tile in row.tiles) else 0)
    return y + 0.5 * LINE


def _height(group: TileGroup, side: float) -> float:
    if not group.rows:
        return 3 * LINE
    rows = sum(_picture_height(row, side) + GAP + LINE * any(tile.caption for tile in row.tiles) for row in group.rows)
    return 2.1 * LINE + (LINE if group.heads else 0) + rows


def _picture_height(row: TileRow, side: float) -> float:
    return max((side * tile.image.shape[0] / tile.image.shape[1] for tile in row.tiles), default=LINE)


def _shrunk(image: np.ndarray, side: float) -> np.ndarray:
    """Reduce a picture to the pixels that can be seen, so that a sheet of many large ones stays small."""
    most = int(side * PIXELS)
    if image.shape[1] <= most:
        return image
    return cv2.resize(image, (most, max(1, round(image.shape[0] * most / image.shape[1]))), interpolation=cv2.INTER_AREA)
