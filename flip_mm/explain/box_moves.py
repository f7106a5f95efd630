# SPDX-License-Identifier: Apache-2.0
"""What a shift or another size of the face box does to the score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flip_mm.faces.face import Face
from flip_mm.faces.moved_boxes import SCALES, Move, move_face, whole_image
from flip_mm.inference.outputs import Runtime
from flip_mm.inference.preprocessing import face_crop

# In units of the larger side of the box.
SHIFTS = (-0.15, -0.075, 0.0, 0.075, 0.15)
MOVES = [Move(right=right, down=down) for down in SHIFTS for right in SHIFTS] + [Move(scale) for scale in SCALES]
# Crops in a batch.
BATCH = 16


@dataclass(frozen=True)
class BoxMoves:
    """Scores of moved boxes.

    Attributes:
        shifted: (5, 5) p_real; row: shift downwards, column: shift to the right, both by :data:`SHIFTS`.
        scaled: (7,) p_real for :data:`~flip_mm.faces.moved_boxes.SCALES`.
    """

    shifted: np.ndarray
    scaled: np.ndarray

    @property
    def moved(self) -> np.ndarray:
        """All scores (30,) but those of the unmoved box."""
        still = self.shifted.size // 2, self.shifted.size + SCALES.index(1.0)
        return np.delete(np.concatenate([self.shifted.ravel(), self.scaled]), still)


def box_moves(runtime: Runtime, image: np.ndarray, face: Face | None) -> BoxMoves:
    """Score moved boxes of a face. Outside of the picture its border is repeated, as in every crop.

    Args:
        runtime: The model.
        image: (H, W, 3) uint8 RGB.
        face: None if the image is a face crop: then its frame is moved.
    """
    card, scores = runtime.card, []
    for start in range(0, len(MOVES), BATCH):
        if face is None:
            frames = [(moved_frame(image, move), None) for move in MOVES[start : start + BATCH]]
        else:
            frames = [(image, move_face(face, move)) for move in MOVES[start : start + BATCH]]
        crops = [np.stack([face_crop(*frame, spec) for frame in frames]) for spec in card.inputs]
        scores.append(runtime(crops).p_real(card.temperature))
    values = np.concatenate(scores)
    count = len(SHIFTS)
    return BoxMoves(values[: count**2].reshape(count, count), values[count**2 :])


def moved_frame(image: np.ndarray, move: Move) -> np.ndarray:
    """Return what the frame of a picture shows after a move, to whole pixels.

    Args:
        image: (H, W, 3) uint8.
        move: Of a frame around the whole picture.
    """
    x0, y0, x1, y1 = (round(value) for value in move_face(whole_image(image), move).box)
    height, width = image.shape[:2]
    rows = np.arange(y0, max(y1, y0 + 1)).clip(0, height - 1)
    columns = np.arange(x0, max(x1, x0 + 1)).clip(0, width - 1)
    return image[np.ix_(rows, columns)]
