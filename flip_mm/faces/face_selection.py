# SPDX-License-Identifier: Apache-2.0
"""Which of the boxes that a detector gives is the face, and whether it stands upright."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .face import Face

# Pixels of the smaller side of a box; a smaller face shows too little to recognise an attack.
LEAST = 20
# Larger side of a box in units of the image's larger side; more is a mistake.
MOST = 2
# Confidence from which a find is believed where something speaks against it.
SURE = 0.9
# Confidence from which a find upright is not compared with turned ones, and a turned one outdoes a level face.
CERTAIN = 0.99
# Of the eyes of a face that stands upright: least distance in widths of the box, greatest tilt in degrees.
APART = 0.3
TILT = 30


def is_plausible(face: Face, width: int, height: int) -> bool:
    """Whether a box can be a face: 20 pixels or more, centre in the image, at most twice as large as the image."""
    x0, y0, x1, y1 = face.box
    sides = (x1 - x0, y1 - y0)
    inside = 0 <= (x0 + x1) / 2 < width and 0 <= (y0 + y1) / 2 < height
    return min(sides) >= LEAST and max(sides) <= MOST * max(width, height) and inside


def select_face(faces: Iterable[Face]) -> Face:
    """The largest face; one of a confidence of 0.9 or more, or without a confidence, is preferred to less certain ones.

    Raises:
        ValueError: There are no faces.
    """
    return max(faces, key=lambda face: (face.score is None or face.score >= SURE, face.area))


def has_level_eyes(face: Face) -> bool:
    """Whether the eyes lie as they do in a face that stands upright.

    They are level to 30 degrees, at least 0.3 widths of the box apart and above its centre. MTCNN finds many a face that lies
    on its side, with great confidence, but then puts the eyes close to each other.
    """
    if face.eyes is None:
        return False
    (left, top), (right, bottom) = face.eyes
    x0, y0, x1, y1 = face.box
    dx, dy = right - left, bottom - top
    tilted = abs(dy) > math.tan(math.radians(TILT)) * dx
    return not tilted and math.hypot(dx, dy) >= APART * (x1 - x0) and (top + bottom) / 2 < (y0 + y1) / 2


def is_upright(face: Face) -> bool:
    """Whether a face surely stands upright: level eyes (:func:`has_level_eyes`) and a confidence of 0.9 or more."""
    return face.score is not None and face.score >= SURE and has_level_eyes(face)
