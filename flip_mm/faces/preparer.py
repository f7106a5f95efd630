# SPDX-License-Identifier: Apache-2.0
"""Frame of a recording -> image that trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from flip_mm.media.frames import Frames
from flip_mm.utils.stage_clock import StageClock

from .crop import crop_black_borders, crop_face, resize_to_square
from .detectors import build_detector, detect
from .face import Face
from .face_selection import CERTAIN, SURE, has_level_eyes, is_plausible, is_upright, select_face
from .rotation import is_upside_down, rotate, rotate_face_180

# Half a second of video. Of a recording without a face, twice as many frames are looked at per image.
MAX_DISTANCE = 15
# As stored, then upside down: archives have such recordings.
ROTATIONS = (0, 180, 90, 270)


class NoFaceError(ValueError):
    """No face was found in a frame nor near it."""


@dataclass(frozen=True)
class PreparedImage:
    """A prepared image, and how it was made.

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


class FacePreparer:
    """Makes training images of recordings; built once per process.

    Args:
        faces: A detector's name (see :func:`~flip_mm.faces.detectors.build_detector`),
            ``'annotations'``: faces as the archive gives them, or ``'none'``: whole frames.
        margin: Around the box, on each side, as a share of its larger side.
        size: Side of the images, in pixels.
        weights: Model of the detector, where it needs one.
        borders: Cut black borders off; only with ``'none'``.
        max_distance: How many frames away a neighbour may be.

    Raises:
        ImportError: What the detector needs is not installed.
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
            raise ValueError(f"margin = {margin}: a share of the face's size is expected, such as 0.1.")
        if size < 1 or max_distance < 0:
            raise ValueError(
                f"size = {size}, max_distance = {max_distance}: a side in pixels and a number of frames are expected."
            )
        self.faces, self.margin, self.size, self.borders, self.max_distance = faces, margin, size, borders, max_distance
        self.detector = None if faces in ("annotations", "none") else build_detector(faces, weights)

    def open(
        self, frames: Frames, indices: Sequence[int], annotation: dict[int, Face] | None = None, clock: StageClock | None = None
    ) -> RecordingPreparer:
        """Begin with a recording.

        Args:
            frames: The recording; a single image is a recording of one frame.
            indices: All frames that will be asked for.
            annotation: Number of a frame -> its face, for ``'annotations'``; None where the recording has none.
            clock: Gets the seconds of ``'decode'``, ``'detect'`` and ``'crop'``.
        """
        return RecordingPreparer(self, frames, indices, annotation, clock or StageClock())


class FoundFace(NamedTuple):
    """A face in a frame that stands upright."""

    frame: np.ndarray
    face: Face
    rotation: int
    found: int


class RecordingPreparer:
    """Makes training images of one recording; :meth:`FacePreparer.open` builds it.

    - A box whose smaller side is less than 20 pixels, whose centre is outside the frame, or which is more than twice as large
      as the frame is no face.
    - Of several faces the largest is taken; one of a confidence of 0.9 or more goes before less certain ones.
    - Where a frame has no face, its nearest neighbour with one replaces it: the next, the one before, the second next
      and so on, up to ``max_distance`` frames away. A neighbour is nearer to this frame than to any other that is asked for,
      so no frame is used twice.
    - Whether the recording must be turned is decided once, by the first of the frames asked for in which a face surely stands
      upright (:func:`~flip_mm.faces.face_selection.is_upright`): as it is, if that is certain (0.99), else turned by
      180, 90 or 270 degrees, whichever is surest, else as it is. Where the frame as it is shows a face with level eyes, however
      uncertain, a turned one must be certain. Without such a frame nothing is turned; so a detector that gives no confidence
      or no eyes never turns anything.
    - Annotated faces are taken as they are. Where the annotated eyes lie below the centre of their box, the frame is turned
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
        # The find that decided on the rotation, with the index of its frame: saves looking for it again.
        self.sure: tuple[int, FoundFace | None] = (-1, None)

    def prepare(self, index: int) -> PreparedImage:
        """Make the image of a frame.

        Args:
            index: One of the frames asked for.

        Raises:
            NoFaceError: There is no face in it nor near it; the text says which frame, and at how many others was looked.
            UnreadableError: A frame is broken.
            DetectorError: The detector failed.
            IndexError: There is no such frame.
        """
        if self.preparer.faces == "none":
            return self._whole(index)
        if self.preparer.faces == "annotations":
            if not self.annotation:
                raise NoFaceError("no face is annotated in any frame of it")
            return self._first(index, self._annotated)
        if self.rotation is None:
            self.rotation = self._decide()
        return self._first(index, self._detected)

    def _whole(self, index: int) -> PreparedImage:
        frame = self._decode(index)
        with self.clock.stage("crop"):
            picture = crop_black_borders(frame) if self.preparer.borders else frame
            return PreparedImage(resize_to_square(picture, self.preparer.size), index)

    def _first(self, index: int, look: Callable[[int], FoundFace | None]) -> PreparedImage:
        """Of a frame and its neighbours, the first with a face."""
        neighbours = self._neighbours(index)
        for candidate in (index, *neighbours):
            if (find := look(candidate)) is not None:
                with self.clock.stage("crop"):
                    image = crop_face(find.frame, find.face, self.preparer.size, self.preparer.margin)
                return PreparedImage(image, candidate, find.face, find.rotation, find.found)
        what = "annotated" if self.preparer.faces == "annotations" else "found"
        around = f" nor in the {len(neighbours)} nearest" if neighbours else ""
        raise NoFaceError(f"no face is {what} in frame {index}{around}")

    def _neighbours(self, index: int) -> list[int]:
        others = [other for other in self.indices if other != index]
        around = [index + sign * step for step in range(1, self.preparer.max_distance + 1) for sign in (1, -1)]
        return [i for i in around if 0 <= i < len(self.frames) and all(abs(i - index) < abs(i - other) for other in others)]

    def _annotated(self, index: int) -> FoundFace | None:
        face = self.annotation.get(index)
        if face is None:
            return None
        frame, rotation = self._decode(index), 0
        height, width = frame.shape[:2]
        if is_upside_down(face):
            frame, face, rotation = rotate(frame, 180), rotate_face_180(face, width, height), 180
        return FoundFace(frame, face, rotation, 1) if is_plausible(face, width, height) else None

    def _detected(self, index: int) -> FoundFace | None:
        if index == self.sure[0]:
            return self.sure[1]
        return self._detect(self._decode(index), self.rotation)

    def _decide(self) -> int:
        for index in self.indices:
            frame = self._decode(index)
            stored, best, least = None, None, SURE
            for rotation in ROTATIONS:
                find = self._detect(frame, rotation)
                if find is None:
                    continue
                if find.face.score is None or find.face.eyes is None:
                    return 0
                if rotation == 0 and has_level_eyes(find.face):
                    stored, least = find, CERTAIN
                    if find.face.score >= CERTAIN:
                        break
                elif rotation and is_upright(find.face) and find.face.score >= max(least, best.face.score if best else 0):
                    best = find
            if best is None and stored is not None and is_upright(stored.face):
                best = stored
            if best is not None:
                self.sure = index, best
                return best.rotation
        return 0

    def _detect(self, frame: np.ndarray, rotation: int) -> FoundFace | None:
        with self.clock.stage("detect"):
            frame = rotate(frame, rotation)
            faces = [
                face for face in detect(self.preparer.detector, frame) if is_plausible(face, frame.shape[1], frame.shape[0])
            ]
        return FoundFace(frame, select_face(faces), rotation, len(faces)) if faces else None

    def _decode(self, index: int) -> np.ndarray:
        with self.clock.stage("decode"):
            return self.frames[index]
