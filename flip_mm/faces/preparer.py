# SPDX-License-Identifier: Apache-2.0
"""Make training images from the frames of a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from flip_mm.media.frames import Frames
from flip_mm.utils.stage_clock import StageClock

from .box_doubts import box_doubts
from .crop import crop_black_borders, crop_face, resize_to_square
from .detectors import build_detector
from .face import Face
from .face_selection import CERTAIN, CONFIDENT, has_level_eyes, is_plausible, is_upright
from .locate import locate_face
from .rotation import is_upside_down, rotate, rotate_face_180

# Half a second of video, in both directions.
MAX_DISTANCE = 15
# Upside down first, because archives contain such recordings.
ROTATIONS = (0, 180, 90, 270)


class NoFaceError(ValueError):
    """No face was found in a frame or in its neighbours."""


@dataclass(frozen=True)
class PreparedImage:
    """A prepared image, and how it was made.

    Attributes:
        image: (size, size, 3) uint8 RGB.
        index: Frame that it shows: the requested frame, or a neighbour if that has no face.
        face: Face in pixels of the frame after ``rotation``; None without face detection.
        rotation: Degrees, clockwise, by which the frame was rotated to be upright: 0, 90, 180 or 270.
        face_count: Number of faces in the frame; 0 without face detection.
        doubts: Why the box is uncertain (:func:`~flip_mm.faces.box_doubts.box_doubts`); empty without face detection.
    """

    image: np.ndarray
    index: int
    face: Face | None = None
    rotation: int = 0
    face_count: int = 0
    doubts: tuple[str, ...] = ()


class FacePreparer:
    """Makes training images from recordings; built once per process.

    Args:
        faces: Name of a detector (see :func:`~flip_mm.faces.detectors.build_detector`), ``'annotations'`` for the faces that
            the archive annotates, or ``'none'`` for whole frames.
        margin: Margin around the box on each side, as a share of its larger side.
        size: Side of the images, in pixels.
        weights: Model file of the detector, if it needs one.
        borders: Whether to remove black borders; only with ``'none'``.
        max_distance: Maximum distance of a neighbour, in frames.

    Raises:
        ImportError: A package that the detector needs is missing.
        ValueError: The detector is unknown or its weights are missing; margin, size or max_distance are out of range.
    """

    def __init__(
        self,
        faces: str,
        margin: float = 0.1,
        size: int = 224,
        weights: Path | None = None,
        borders: bool = False,
        max_distance: int = MAX_DISTANCE,
    ) -> None:
        if not -0.5 < margin < 5:
            raise ValueError(f"margin = {margin}: expected a share of the face's size between -0.5 and 5, such as 0.1.")
        if size < 1 or max_distance < 0:
            raise ValueError(
                f"size = {size}, max_distance = {max_distance}: expected a size of 1 or more and a distance of 0 or more."
            )
        self.faces, self.margin, self.size, self.borders, self.max_distance = faces, margin, size, borders, max_distance
        self.detector = None if faces in ("annotations", "none") else build_detector(faces, weights)

    def open(
        self, frames: Frames, indices: Sequence[int], annotation: dict[int, Face] | None = None, clock: StageClock | None = None
    ) -> RecordingPreparer:
        """Return the preparer of one recording.

        Args:
            frames: The recording; a single image is a recording of one frame.
            indices: All frames that will be requested.
            annotation: Frame number -> face, for ``'annotations'``; None if the recording has no annotations.
            clock: Records the seconds of ``'decode'``, ``'detect'`` and ``'crop'``.
        """
        return RecordingPreparer(self, frames, indices, annotation, clock or StageClock())


class FoundFace(NamedTuple):
    """A face in a frame after the frame was rotated to be upright."""

    frame: np.ndarray
    face: Face
    rotation: int
    face_count: int
    doubts: tuple[str, ...] = ()


class RecordingPreparer:
    """Makes training images from one recording; :meth:`FacePreparer.open` builds it.

    - A box is no face if its smaller side is less than 20 pixels, its centre is outside the frame, or it is more than twice as
      large as the frame.
    - Of several faces the largest is taken. Faces with a confidence of 0.9 or more are preferred to all others.
    - A frame without a face is replaced by its nearest neighbour with one: the next, the previous, the second next and so on,
      up to ``max_distance`` frames away. Only neighbours that are nearest to this requested frame are used, so no frame is
      used twice.
    - The rotation of a recording is decided once, by the first requested frame that shows a certainly upright face
      (:func:`~flip_mm.faces.face_selection.is_upright`) in some rotation. The stored rotation is kept if its confidence is
      0.99 or more. Otherwise the frame is also rotated by 180, 90 and 270 degrees, and the rotation with the highest
      confidence is used; it must be 0.99 if the stored frame shows a face with level eyes. If no frame shows an upright face,
      nothing is rotated. A detector without confidence or eyes never rotates anything.
    - Annotated faces are used without changes. If the annotated eyes are below the centre of their box, the frame is rotated
      by 180 degrees.
    """

    def __init__(
        self,
        preparer: FacePreparer,
        frames: Frames,
        indices: Sequence[int],
        annotation: dict[int, Face] | None,
        clock: StageClock,
    ) -> None:
        self.preparer, self.frames, self.indices, self.annotation, self.clock = preparer, frames, indices, annotation, clock
        self.rotation: int | None = None
        # Index and face of the frame that decided the rotation, so that it is not searched again.
        self.deciding: tuple[int, FoundFace | None] = (-1, None)

    def prepare(self, index: int) -> PreparedImage:
        """Make the image of a frame.

        Args:
            index: One of the requested frames.

        Raises:
            NoFaceError: No face was found in the frame or its neighbours; the message has the frame and their number.
            UnreadableError: A frame is damaged.
            DetectorError: The detector failed.
            IndexError: There is no such frame.
        """
        if self.preparer.faces == "none":
            return self._whole_frame(index)
        if self.preparer.faces == "annotations":
            if not self.annotation:
                raise NoFaceError("no frame has an annotated face")
            return self._first_with_face(index, self._annotated_face)
        if self.rotation is None:
            self.rotation = self._decide_rotation()
        return self._first_with_face(index, self._detected_face)

    def _whole_frame(self, index: int) -> PreparedImage:
        frame = self._decode(index)
        with self.clock.stage("crop"):
            picture = crop_black_borders(frame) if self.preparer.borders else frame
            return PreparedImage(resize_to_square(picture, self.preparer.size), index)

    def _first_with_face(self, index: int, find_face: Callable[[int], FoundFace | None]) -> PreparedImage:
        """Make an image from the first frame with a face: the frame itself, then its neighbours."""
        neighbours = self._neighbours(index)
        for candidate in (index, *neighbours):
            if (found := find_face(candidate)) is not None:
                with self.clock.stage("crop"):
                    image = crop_face(found.frame, found.face, self.preparer.size, self.preparer.margin)
                return PreparedImage(image, candidate, found.face, found.rotation, found.face_count, found.doubts)
        verb = "annotated" if self.preparer.faces == "annotations" else "found"
        around = f" or in the {len(neighbours)} nearest frames" if neighbours else ""
        raise NoFaceError(f"no face was {verb} in frame {index}{around}")

    def _neighbours(self, index: int) -> list[int]:
        others = [other for other in self.indices if other != index]
        around = [index + sign * step for step in range(1, self.preparer.max_distance + 1) for sign in (1, -1)]
        return [i for i in around if 0 <= i < len(self.frames) and all(abs(i - index) < abs(i - other) for other in others)]

    def _annotated_face(self, index: int) -> FoundFace | None:
        face = self.annotation.get(index)
        if face is None:
            return None
        frame, rotation = self._decode(index), 0
        height, width = frame.shape[:2]
        if is_upside_down(face):
            frame, face, rotation = rotate(frame, 180), rotate_face_180(face, width, height), 180
        return FoundFace(frame, face, rotation, 1) if is_plausible(face, width, height) else None

    def _detected_face(self, index: int) -> FoundFace | None:
        if index == self.deciding[0]:
            return self.deciding[1]
        return self._detect(self._decode(index), self.rotation)

    def _decide_rotation(self) -> int:
        for index in self.indices:
            frame = self._decode(index)
            stored, best, needed = None, None, CONFIDENT
            for rotation in ROTATIONS:
                found = self._detect(frame, rotation)
                if found is None:
                    continue
                if found.face.score is None or found.face.eyes is None:
                    return 0
                if rotation == 0 and has_level_eyes(found.face):
                    stored, needed = found, CERTAIN
                    if found.face.score >= CERTAIN:
                        break
                elif rotation and is_upright(found.face) and found.face.score >= max(needed, best.face.score if best else 0):
                    best = found
            if best is None and stored is not None and is_upright(stored.face):
                best = stored
            if best is not None:
                self.deciding = index, best
                return best.rotation
        return 0

    def _detect(self, frame: np.ndarray, rotation: int) -> FoundFace | None:
        with self.clock.stage("detect"):
            frame = rotate(frame, rotation)
            face, faces = locate_face(self.preparer.detector, frame)
        return face and FoundFace(frame, face, rotation, len(faces), box_doubts(face, faces, self.preparer.margin))

    def _decode(self, index: int) -> np.ndarray:
        with self.clock.stage("decode"):
            return self.frames[index]
