# SPDX-License-Identifier: Apache-2.0
"""Draw a picture, a crop, and maps over a crop."""

from __future__ import annotations

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle

from flip_mm.faces.face import Face

from .overlay import overlay

# Largest side of a drawn picture, and smallest of a map, in pixels.
PICTURE_SIDE, OVERLAY_SIDE = 900, 256
# Colour of the attention, which is of no class.
ATTENTION = "#6A3D9A"


def plot_picture(image: np.ndarray, face: Face | None, ax: Axes) -> None:
    """Draw a picture (H, W, 3) with the box of a face."""
    ax.set_anchor("NW")
    scale = min(1.0, PICTURE_SIDE / max(image.shape[:2]))
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    ax.imshow(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA) if scale < 1 else image)
    if face is not None:
        x0, y0, x1, y1 = (scale * value - 0.5 for value in face.box)
        for colour, line in (("black", 4), ("white", 2)):
            ax.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=colour, linewidth=line))
    _without_ticks(ax)


def plot_crop(crop: np.ndarray, ax: Axes) -> None:
    """Draw a crop (h, w, 3)."""
    ax.imshow(crop, interpolation="nearest")
    _without_ticks(ax)


def plot_map(crop: np.ndarray, values: np.ndarray, colour: str, ax: Axes) -> None:
    """Draw a map in 0..1 in one colour over a grey crop."""
    colours = LinearSegmentedColormap.from_list("", ["white", colour])
    _draw_overlay(crop, values, colour, ax)
    _bar(ax, ScalarMappable(Normalize(0, 1), colours), "share of the strongest place", [0, 0.5, 1])


def plot_rollout(crop: np.ndarray, values: np.ndarray, ax: Axes) -> None:
    """Draw shares of places over a grey crop; even attention gives each place the same share."""
    even = values * values.size
    strongest = max(float(even.max()), 1e-9)
    _draw_overlay(crop, even / strongest, ATTENTION, ax)
    colours = LinearSegmentedColormap.from_list("", ["white", ATTENTION])
    _bar(ax, ScalarMappable(Normalize(0, strongest), colours), "times an even share", [0, strongest])


def _draw_overlay(crop: np.ndarray, values: np.ndarray, colour: str, ax: Axes) -> None:
    ax.imshow(overlay(crop, values, colour, OVERLAY_SIDE))
    _without_ticks(ax)


def _bar(ax: Axes, mappable: ScalarMappable, label: str, ticks: list[float]) -> None:
    bar = ax.figure.colorbar(mappable, cax=ax.inset_axes((1.03, 0, 0.04, 1)), ticks=ticks)
    bar.ax.set_yticklabels([f"{tick:.2g}" for tick in ticks])
    bar.set_label(label, fontsize=7)
    bar.ax.tick_params(labelsize=7)


def _without_ticks(ax: Axes) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
