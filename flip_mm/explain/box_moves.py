# SPDX-License-Identifier: Apache-2.0
"""What a shift or another size of the face box does to the score."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from flip_mm.faces.face import Face
from flip_mm.inference.model_card import ModelCard
from flip_mm.inference.outputs import Runtime
from flip_mm.inference.preprocessing import face_crop

# Shifts in sides of the box, and factors of its size.
SHIFTS = (-0.15, -0.075, 0.0, 0.075, 0.15)
SCALES = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4)
BATCH = 16


@dataclass(frozen=True)
class BoxMoves:
    """Scores of moved boxes.

    Attributes:
        shifted: (5, 5) p_real; row: shift downwards, column: shift to the right, both by :data:`SHIFTS`.
        scaled: (7,) p_real for :data:`SCALES`.
    """

    shifted: np.ndarray
    scaled: np.ndarray

    @property
    def all(self) -> np.ndarray:
        """All scores (32,)."""
        return np.concatenate([self.shifted.ravel(), self.scaled])


def box_moves(runtime: Runtime, card: ModelCard, image: np.ndarray, face: Face | None) -> BoxMoves:
    """Score moved boxes of a face. Outside of the picture its border is repeated, as in every crop.

    Args:
        runtime: The model.
        card: Its card.
        image: (H, W, 3) uint8 RGB.
        face: None if the image is a face crop: then its frame is moved.
    """
    moves = [(dx, dy, 1.0) for dy in SHIFTS for dx in SHIFTS] + [(0.0, 0.0, scale) for scale in SCALES]
    scores = []
    for start in range(0, len(moves), BATCH):
        crops = [_crops(image, face, card, *move) for move in moves[start : start + BATCH]]
        scores.append(runtime([np.stack(own) for own in zip(*crops, strict=True)]).p_real(card.temperature))
    values = np.concatenate(scores)
    count = len(SHIFTS)
    return BoxMoves(values[: count**2].reshape(count, count), values[count**2 :])


def _crops(image: np.ndarray, face: Face | None, card: ModelCard, dx: float, dy: float, scale: float) -> list[np.ndarray]:
    if face is None:
        frame = moved_frame(image, dx, dy, scale)
        return [face_crop(frame, None, spec) for spec in card.inputs]
    moved = moved_face(face, dx, dy, scale)
    return [face_crop(image, moved, spec) for spec in card.inputs]


def moved_frame(image: np.ndarray, dx: float, dy: float, scale: float) -> np.ndarray:
    """Return what the frame of a picture shows after a move, see :func:`moved_face`, to whole pixels."""
    height, width = image.shape[:2]
    x0, y0, x1, y1 = (round(value) for value in moved_face(Face((0, 0, width, height)), dx, dy, scale).box)
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    rows, columns = np.arange(y0, y1).clip(0, height - 1), np.arange(x0, x1).clip(0, width - 1)
    return np.ascontiguousarray(image[rows][:, columns])


def moved_face(face: Face, dx: float, dy: float, scale: float) -> Face:
    """Return a face with a moved box; the eyes move along, so that their angle stays.

    Args:
        face: The face.
        dx: Shift to the right, in widths of the box.
        dy: Shift downwards, in heights of the box.
        scale: Factor of width and height.
    """
    x0, y0, x1, y1 = face.box
    width, height = x1 - x0, y1 - y0
    x, y = (x0 + x1) / 2 + dx * width, (y0 + y1) / 2 + dy * height
    half_width, half_height = scale * width / 2, scale * height / 2
    return replace(face, box=(x - half_width, y - half_height, x + half_width, y + half_height))
