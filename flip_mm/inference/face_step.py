# SPDX-License-Identifier: Apache-2.0
"""From a picture to the crops that a network takes, or to the reasons why there is no score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from flip_mm.faces.face import Face

from .face_choice import FaceChoice
from .model_card import InputSpec
from .preprocessing import face_crop
from .reasons import Reason

# Moves of the box for averaging: scale, and shift in sides of the box. The first one is the box itself.
MOVES = [(1.0, 0.0, 0.0), (0.9, 0.0, 0.0), (1.1, 0.0, 0.0), (1.0, 0.05, 0.0), (1.0, -0.05, 0.0), (1.0, 0.0, 0.05)]
MOVES += [(1.0, 0.0, -0.05), (0.9, 0.05, 0.05), (1.1, -0.05, -0.05), (1.1, 0.05, -0.05), (0.9, -0.05, 0.05)]
MAX_AVERAGE = len(MOVES)


@dataclass(frozen=True)
class FaceStep:
    """What is known about a picture before the network.

    Attributes:
        face: The face that is checked; None for a given crop or without a face.
        crops: For each crop that is averaged, one (H, W, 3) uint8 RGB for each input; empty if nothing is scored.
        findings: Quality of picture and face.
        reasons: Why nothing is scored.
    """

    face: Face | None = None
    crops: Sequence[Sequence[np.ndarray]] = ()
    findings: tuple[Reason, ...] = ()
    reasons: tuple[Reason, ...] = ()


def face_step(image: np.ndarray, number: int, choice: FaceChoice, inputs: Sequence[InputSpec], average: int = 1) -> FaceStep:
    """Find the face, look at its quality, and crop it.

    Args:
        image: (H, W, 3) uint8 RGB.
        number: Number of the picture or recording.
        choice: Which face.
        inputs: Of the network.
        average: Number of crops.
    """
    found = choice(image, number)
    if isinstance(found, Reason):
        return FaceStep(reasons=(found,))
    face = found.face
    crops = [[face_crop(image, moved, spec) for spec in inputs] for moved in moved_faces(face, average)]
    return FaceStep(face, crops)


def moved_faces(face: Face | None, count: int) -> list[Face | None]:
    """Return a face with ``count`` positions of its box, the detected one first; a given crop cannot move."""
    if face is None:
        return [None]
    x0, y0, x1, y1 = face.box
    width, height = x1 - x0, y1 - y0
    moved = []
    for scale, right, down in MOVES[:count]:
        x, y = (x0 + x1) / 2 + right * width, (y0 + y1) / 2 + down * height
        moved.append(
            replace(face, box=(x - scale * width / 2, y - scale * height / 2, x + scale * width / 2, y + scale * height / 2))
        )
    return moved
