# SPDX-License-Identifier: Apache-2.0
"""Crops of a face whose box is moved or scaled: for test-time averaging, and to measure how stable a score is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .crop import crop_face
from .face import Face


class Move(NamedTuple):
    """Change of a box.

    Attributes:
        scale: Factor of width and height; the centre stays.
        right: Shift to the right, in units of the larger side of the box.
        down: Shift downwards, in the same units.
    """

    scale: float = 1.0
    right: float = 0.0
    down: float = 0.0


SCALES = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4)

# Crops for test-time averaging: the unchanged one, smaller, larger, and shifted in four directions by half of the maximum.
AVERAGED = (
    Move(),
    Move(0.9),
    Move(1.1),
    Move(right=-0.075),
    Move(right=0.075),
    Move(down=-0.075),
    Move(down=0.075),
)


def move_face(face: Face, move: Move) -> Face:
    """The face with another box; its eyes stay where they are, so its crop is rotated as before."""
    x0, y0, x1, y1 = face.box
    side = max(x1 - x0, y1 - y0)
    x, y = (x0 + x1) / 2 + move.right * side, (y0 + y1) / 2 + move.down * side
    width, height = move.scale * (x1 - x0), move.scale * (y1 - y0)
    return replace(face, box=(x - width / 2, y - height / 2, x + width / 2, y + height / 2))


def moved_crops(image: np.ndarray, face: Face, moves: Iterable[Move], size: int = 224, margin: float = 0.1) -> list[np.ndarray]:
    """Crops of a face with moved boxes.

    For a ready crop, use ``whole_image(crop)`` as face and a margin of 0; what lies outside is filled with border pixels.

    Args:
        image: (H, W, 3) uint8.
        face: Face in pixels of the image.
        moves: Changes of its box.
        size: Side of the crops.
        margin: Share of the larger side of the box that is added on each side.

    Returns:
        (size, size, 3) uint8 for each move; ``Move()`` gives the crop of :func:`~flip_mm.faces.crop.crop_face`, bit for bit.

    Raises:
        ValueError: A box is empty.
    """
    return [crop_face(image, move_face(face, move) if move != Move() else face, size, margin) for move in moves]


def whole_image(image: np.ndarray) -> Face:
    """A box around a whole (H, W, 3) image."""
    return Face((0.0, 0.0, float(image.shape[1]), float(image.shape[0])))
