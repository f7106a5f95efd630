# SPDX-License-Identifier: Apache-2.0
"""Which face of a picture is checked: the one that a detector finds, the whole picture, or one in a given box."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from flip_mm.faces.detectors import DETECTORS, DetectorError
from flip_mm.faces.face import Face, FaceDetector
from flip_mm.faces.locate import LocatedFaces, locate_face
from flip_mm.utils.text import safe_line

from .reasons import Reason, bad_box, detector_failed

FOUND, GIVEN = "found", "given"
Box = Sequence[float]


class FaceChoice:
    """Finds the face to check.

    Args:
        face: ``'found'`` by the detector; ``'given'`` if the pictures are face crops; a box x0, y0, x1, y1 in pixels or a
            :class:`~flip_mm.faces.face.Face` for all pictures; or a list of one for each picture or recording.
        detector: Finds faces.

    Raises:
        ValueError: ``face`` is none of these, or there is no detector.
    """

    def __init__(self, face: Any, detector: FaceDetector | None) -> None:
        self.detector, self.boxes = detector, None
        if isinstance(face, str):
            if face not in (FOUND, GIVEN):
                raise ValueError(f"face={face!r} must be 'found', 'given', or a box x0, y0, x1, y1.")
            if face == FOUND and detector is None:
                raise ValueError("face='found' needs a face detector: give Detector(..., faces=NAME).")
            self.face: str | Face | None = face
        elif isinstance(face, Face) or _is_box(face):
            self.face = _as_face(face)
        elif isinstance(face, Sequence | np.ndarray) and all(isinstance(box, Face) or _is_box(box) for box in face):
            self.face, self.boxes = None, [_as_face(box) for box in face]
        else:
            raise ValueError(
                f"face={face!r:.80} must be 'found', 'given', a box of four finite numbers x0, y0, x1, y1, or a list of boxes."
            )

    def __call__(self, image: np.ndarray, number: int) -> LocatedFaces | Reason | None:
        """Find the face.

        Args:
            image: (H, W, 3) uint8 RGB.
            number: Number of the picture or recording, for a list of boxes.

        Returns:
            The face, None if there is none, and all faces; None if the picture is a face crop; or why it is not checked.
        """
        face = self.face if self.boxes is None else self._box(number)
        if face == GIVEN:
            return None
        if isinstance(face, Face):
            return LocatedFaces(face, [face]) if _shows(face, image) else bad_box(face.box)
        try:
            return locate_face(self.detector, image)
        except DetectorError as error:
            return detector_failed(error)

    @property
    def is_box(self) -> bool:
        """Whether boxes are given."""
        return isinstance(self.face, Face) or self.boxes is not None

    def check_count(self, sources: int) -> None:
        """Compare the number of boxes with the number of pictures and recordings; raise ValueError if they differ."""
        if self.boxes is not None and sources != len(self.boxes):
            raise ValueError(f"face has {len(self.boxes)} boxes for {sources} pictures: give one for each.")

    def _box(self, number: int) -> Face:
        if number >= len(self.boxes):
            self.check_count(number + 1)
        return self.boxes[number]


def _is_box(value: Any) -> bool:
    if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str) or len(value) != 4:
        return False
    return all(isinstance(number, Real) and math.isfinite(number) for number in value)


def _as_face(value: Face | Box) -> Face:
    return value if isinstance(value, Face) else Face(tuple(float(number) for number in value))


def _shows(face: Face, image: np.ndarray) -> bool:
    """Whether a box has an area and the centre inside of the picture, and is at most twice as large."""
    x0, y0, x1, y1 = face.box
    height, width = image.shape[:2]
    inside = 0 <= (x0 + x1) / 2 < width and 0 <= (y0 + y1) / 2 < height
    return x1 - x0 >= 1 and y1 - y0 >= 1 and inside and max(x1 - x0, y1 - y0) <= 2 * max(width, height)


def check_named_by_file(name: str, model: object) -> None:
    """Check the face detector that a model file names.

    Args:
        name: Its name.
        model: Path of the file, for the message.

    Raises:
        ValueError: It is none of flip_mm, so its name would choose code that is run.
    """
    if name not in (GIVEN, *DETECTORS):
        raise ValueError(
            f"The model file '{model}' names the face detector '{safe_line(name)}', which is code outside of flip_mm and is "
            "not run because a file says so: if you trust it, give its name as faces."
        )
