# SPDX-License-Identifier: Apache-2.0
"""Select the face among the boxes of a detector, and decide whether it is upright."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .face import Face

# Minimum of the smaller side of a box, in pixels; a smaller face is too small to recognise an attack.
MIN_SIDE = 20
# Maximum of the larger side of a box, in units of the image's larger side.
MAX_SIDE = 2
# Confidence that is needed to prefer a smaller face, or to call a face upright.
CONFIDENT = 0.9
# Confidence with which an upright face needs no comparison with rotated frames, and a rotated face beats a level one.
CERTAIN = 0.99
# Eyes of an upright face: minimum distance in widths of the box, maximum tilt in degrees.
MIN_EYE_DISTANCE = 0.3
MAX_EYE_TILT = 30


def is_plausible(face: Face, width: int, height: int) -> bool:
    """Whether a box can be a face: 20 pixels or more, centre inside the image, at most twice as large as the image."""
    x0, y0, x1, y1 = face.box
    sides = (x1 - x0, y1 - y0)
    inside = 0 <= (x0 + x1) / 2 < width and 0 <= (y0 + y1) / 2 < height
    return min(sides) >= MIN_SIDE and max(sides) <= MAX_SIDE * max(width, height) and inside


def select_face(faces: Iterable[Face]) -> Face:
    """Return the largest face; faces with a confidence of 0.9 or more, or without one, are preferred to all others.

    Raises:
        ValueError: There are no faces.
    """
    return max(faces, key=lambda face: (face.score is None or face.score >= CONFIDENT, face.area))


def has_level_eyes(face: Face) -> bool:
    """Whether the eyes have the position of eyes in an upright face.

    They must be level to 30 degrees, at least 0.3 widths of the box apart, and above its centre. MTCNN also finds faces that
    are rotated by 90 degrees with high confidence, but then its eyes are close together.
    """
    if face.eyes is None:
        return False
    (left, top), (right, bottom) = face.eyes
    x0, y0, x1, y1 = face.box
    dx, dy = right - left, bottom - top
    tilted = abs(dy) > math.tan(math.radians(MAX_EYE_TILT)) * dx
    return not tilted and math.hypot(dx, dy) >= MIN_EYE_DISTANCE * (x1 - x0) and (top + bottom) / 2 < (y0 + y1) / 2


def is_upright(face: Face) -> bool:
    """Whether a face is certainly upright: level eyes (:func:`has_level_eyes`) and a confidence of 0.9 or more."""
    return face.score is not None and face.score >= CONFIDENT and has_level_eyes(face)
