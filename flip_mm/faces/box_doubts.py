# SPDX-License-Identifier: Apache-2.0
"""Signs that a detector's box may be wrong."""

from __future__ import annotations

from collections.abc import Iterable

from .crop import crop_square
from .face import Face

NO_LANDMARKS = "no_landmarks"
SECOND_FACE = "second_face"
# Share of the area of another box that must be within the crop.
MIN_SHARE = 0.25


def box_doubts(face: Face, faces: Iterable[Face], margin: float) -> tuple[str, ...]:
    """Why the box of a face is uncertain.

    Args:
        face: The selected face.
        faces: All faces in the image, with or without ``face``.
        margin: Margin of the crop.

    Returns:
        ``'no_landmarks'``: the detector found neither eyes nor landmarks in the box. ``'second_face'``: a quarter or more of
        another face is within the crop, so the box may show a part of a face, or two faces. Empty without doubts.
    """
    x0, y0, x1, y1 = crop_square(face, margin)

    def share_within(other: Face) -> float:
        left, top, right, bottom = other.box
        width, height = min(x1, right) - max(x0, left), min(y1, bottom) - max(y0, top)
        return max(0.0, width) * max(0.0, height) / other.area if other.area else 0.0

    second = any(other != face and share_within(other) >= MIN_SHARE for other in faces)
    return ((NO_LANDMARKS,) if face.eyes is None else ()) + ((SECOND_FACE,) if second else ())
