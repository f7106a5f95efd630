# SPDX-License-Identifier: Apache-2.0
"""Rotate frames and the faces in them."""

from __future__ import annotations

import numpy as np

from .face import Face


def rotate(image: np.ndarray, rotation: int) -> np.ndarray:
    """Rotate an image clockwise by 0, 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(image, -(rotation // 90)))


def is_upside_down(face: Face) -> bool:
    """Whether the eyes are known and below the centre of the box."""
    if face.eyes is None:
        return False
    return (face.eyes[0][1] + face.eyes[1][1]) / 2 > (face.box[1] + face.box[3]) / 2


def rotate_face_180(face: Face, width: int, height: int) -> Face:
    """Rotate a face together with its (width x height) image by 180 degrees."""
    return face.moved(lambda point: (width - point[0], height - point[1]))
