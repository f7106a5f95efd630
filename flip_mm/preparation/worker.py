# SPDX-License-Identifier: Apache-2.0
"""Convert one recording in a worker process."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from flip_mm.datasets.archive import Recording
from flip_mm.datasets.frame_selection import TooShortError, select_frames
from flip_mm.faces.annotations import read_annotation
from flip_mm.faces.detectors import DetectorError
from flip_mm.faces.face import Face
from flip_mm.faces.preparer import FacePreparer, NoFaceError, PreparedImage
from flip_mm.media.encoding import encode_image_file
from flip_mm.media.frames import Frames, UnreadableError
from flip_mm.media.open_frames import open_frames
from flip_mm.media.quality import sharpness
from flip_mm.utils.stage_clock import StageClock

from .manifest import WrittenImage
from .places import write_file


@dataclass(frozen=True)
class ConversionOptions:
    """How images are made.

    Attributes:
        faces: ``'mtcnn'``, ``'annotations'``, ``'retinaface'``, ``'yunet'``, ``'lbp'``, ``'none'`` or ``module:callable``;
            several, separated by commas, are tried in their order until one finds a face in each frame of a recording.
        margin: Share of the face box that is added on every side.
        size: Side of the images in pixels.
        weights: Model file of the detector, if it needs one.
        borders: Whether black borders are removed if faces are not detected.
        annotations: Format of the annotation files.
        lists: SHA-256 of the authors' lists, if they are used.
    """

    faces: str
    margin: float
    size: int = 224
    weights: Path | None = None
    borders: bool = False
    annotations: str = ""
    lists: str = ""

    def preparers(self) -> list[FacePreparer]:
        """Load the detectors.

        Raises:
            ImportError: The detector's package is missing; the message says how to install it.
            ValueError: The detector is unknown, its weights are missing, or no detector uses the given weights.
        """
        names = self.faces.split(",")
        with_weights = {name for name in names if name == "yunet" or ":" in name}
        if self.weights is not None and not with_weights:
            raise ValueError(
                f"--weights is only for --faces yunet or module:callable; '{self.faces}' does not use it: remove it."
            )
        return [
            FacePreparer(name, self.margin, self.size, self.weights if name in with_weights else None, self.borders)
            for name in names
        ]


@dataclass
class Outcome:
    """Result of one recording.

    Attributes:
        images: Images that were written.
        reason: Why no image was written; '' on success.
        seconds: Stage -> seconds.
    """

    images: list[WrittenImage] = field(default_factory=list)
    reason: str = ""
    seconds: Counter[str] = field(default_factory=Counter)


class Worker:
    """Converts recordings to images; built once per process.

    Args:
        raw: The archive.
        frames: Folder ``frame/`` of the data root.
        options: How images are made.
    """

    def __init__(self, raw: Path, frames: Path, options: ConversionOptions) -> None:
        self.raw = raw
        self.frames = frames
        self.options = options
        self.preparers = options.preparers()

    def convert(self, recording: Recording) -> Outcome:
        """Write the images of a recording: all of them, or none.

        Raises:
            OSError: An image cannot be written.
        """
        clock = StageClock()
        try:
            prepared = self._prepare(recording, clock)
        except (UnreadableError, TooShortError, NoFaceError, DetectorError) as error:
            return Outcome(reason=f"{error}; not converted", seconds=clock.seconds)
        except OSError as error:
            return Outcome(reason=f"it cannot be read: {error.strerror or error}; not converted", seconds=clock.seconds)
        images = []
        for file, made, detector in prepared:
            with clock.stage("write"):
                data = encode_image_file(made.image, Path(file).suffix)
                write_file(self.frames / file, data)
                digest = sha256(data).hexdigest()
            images.append(
                WrittenImage(
                    file,
                    made.index,
                    made.face,
                    made.rotation,
                    made.face_count,
                    detector,
                    sharpness(made.image),
                    digest,
                    made.doubts,
                    self.options.margin,
                )
            )
        return Outcome(images, seconds=clock.seconds)

    def _prepare(self, recording: Recording, clock: StageClock) -> list[tuple[str, PreparedImage, str]]:
        with ExitStack() as stack:
            with clock.stage("decode"):
                frames = stack.enter_context(open_frames(self.raw / recording.source, recording.media))
                selected = select_frames(recording.selection, len(frames))
            annotation = None
            if "annotations" in self.options.faces.split(","):
                with clock.stage("decode"):
                    annotation = self._annotation(recording, frames)
            reasons = []
            for preparer in self.preparers:
                opened = preparer.open(frames, [index for index, _ in selected], annotation, clock)
                try:
                    return [(recording.stem + ending, opened.prepare(index), preparer.faces) for index, ending in selected]
                except NoFaceError as error:
                    reasons.append(f"{preparer.faces}: {error}")
            raise NoFaceError("; ".join(reasons))

    def _annotation(self, recording: Recording, frames: Frames) -> dict[int, Face] | None:
        if not recording.annotation:
            return None
        # Face boxes of single images are relative to the image size.
        size = frames[0].shape[1::-1] if recording.media == "image" else None
        try:
            return read_annotation(self.options.annotations, self.raw / recording.annotation, size)
        except (ValueError, OSError) as error:
            raise UnreadableError(f"its annotation file is damaged: {error}") from error

    def plan(self, recording: Recording) -> list[tuple[int, str]] | str:
        """Indices and paths inside ``frame/`` of the images that :meth:`convert` would write, or the reason for none."""
        try:
            with open_frames(self.raw / recording.source, recording.media) as frames:
                return [(index, recording.stem + ending) for index, ending in select_frames(recording.selection, len(frames))]
        except (UnreadableError, TooShortError, OSError) as error:
            return str(error)


_worker: Worker


def start_worker(raw: Path, frames: Path, options: ConversionOptions) -> None:
    """Set up a worker process."""
    global _worker
    _use_one_thread()
    _worker = Worker(raw, frames, options)
    _use_one_thread()


def _use_one_thread() -> None:
    """Limit torch to one thread, if a detector has imported it."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


def convert_recording(recording: Recording) -> Outcome:
    """:meth:`Worker.convert` of this process."""
    return _worker.convert(recording)


def plan_recording(recording: Recording) -> list[tuple[int, str]] | str:
    """:meth:`Worker.plan` of this process."""
    return _worker.plan(recording)
