# SPDX-License-Identifier: Apache-2.0
"""Find the face of an image; data preparation and inference use this code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .detectors import detect
from .face import Face, FaceDetector
from .face_selection import is_plausible, select_face


class LocatedFaces(NamedTuple):
    """Faces in an image.

    Attributes:
        face: The selected face; None if there is none.
        faces: All plausible faces, with the selected one.
    """

    face: Face | None
    faces: list[Face]


def locate_face(detector: FaceDetector, image: np.ndarray) -> LocatedFaces:
    """Find faces, drop boxes that cannot be a face, and select one face.

    Args:
        detector: Of :func:`~flip_mm.faces.detectors.build_detector`.
        image: (H, W, 3) uint8 RGB, upright.

    Raises:
        DetectorError: The detector failed.
    """
    height, width = image.shape[:2]
    faces = [face for face in detect(detector, image) if is_plausible(face, width, height)]
    return LocatedFaces(select_face(faces) if faces else None, faces)
