# SPDX-License-Identifier: Apache-2.0
"""Frame of a recording -> image that trains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .face import Face


class NoFaceError(ValueError):
    """No face was found in a frame nor near it."""


@dataclass(frozen=True)
class Prepared:
    """An image that trains, and how it came about.

    Attributes:
        image: (size, size, 3) uint8 RGB.
        index: The frame that it shows; a neighbour of the one asked for where that had no face.
        face: In pixels of the frame after ``rotation``; None where no face was looked for.
        rotation: Degrees, clockwise, by which the frame was turned to stand upright: 0, 90, 180 or 270.
        found: Faces in the frame; 0 where no face was looked for.
    """

    image: np.ndarray
    index: int
    face: Face | None = None
    rotation: int = 0
    found: int = 0
