# SPDX-License-Identifier: Apache-2.0
"""Everything that a user can ask about, as one lazy sequence of pictures and recordings."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .camera import camera_frames, check_camera
from .file_types import is_video_name
from .frames import UnreadableError
from .given_images import COLOURS, image_of, is_image
from .source_paths import expand

# A longer file is no picture; it would only fill the memory.
LARGEST_PICTURE = 1 << 29
CAMERA = re.compile(r"(?:/dev/video)?(\d{1,3})")


class SourceFrame(NamedTuple):
    """A frame of a recording.

    Attributes:
        number: Its number in the recording, from 0.
        time: Seconds since the beginning; None if unknown.
        image: (H, W, 3) uint8 RGB; None if it cannot be read.
        error: Why it cannot be read; ''. After a damaged frame of a video or a camera no other follows.
    """

    number: int
    time: float | None
    image: np.ndarray | None
    error: str = ""


@dataclass(frozen=True)
class Source:
    """A picture or a recording.

    Attributes:
        name: Path as it was given, or what and where in the list it is, such as ``'array 3'``.
        kind: ``'picture'``, ``'video'``, ``'camera'`` or ``'frames'`` (images from a generator).
        image: (H, W, 3) uint8 RGB of a picture; None for a recording, and if it cannot be read.
        error: Why it cannot be read, one clause without the name; ''.
        frame_count: Number of frames of a recording, if it is known before they are read.
        open_frames: Called without arguments, returns the iterator of frames of a recording. It can be closed before its end.
        reopen: Called without arguments, returns the picture again without keeping it in memory; None without a picture.
    """

    name: str
    kind: str = "picture"
    image: np.ndarray | None = None
    error: str = ""
    frame_count: int | None = None
    open_frames: Callable[[], Iterator[SourceFrame]] | None = None
    reopen: Callable[[], np.ndarray] | None = None

    def frames(self) -> Iterator[SourceFrame]:
        """Iterate over the frames; a picture has one, or none if it cannot be read."""
        if self.open_frames is not None:
            yield from self.open_frames()
        elif self.image is not None:
            yield SourceFrame(0, None, self.image)


def open_sources(given: Any, colour: str = "rgb", stride: int = 1, seconds: float | None = None) -> Iterator[Source]:
    """Turn anything that shows faces into pictures and recordings, which are read when the iterator comes to them.

    ====================================  =================================================================================
    given                                 sources
    ====================================  =================================================================================
    path of a picture or video            one; videos are recognised by their ending, pictures by content
    path of a folder                      its pictures and videos, sorted by name; not its subfolders and hidden files
    pattern (``*``, ``?``, ``[...]``,     all paths that match, sorted by name, as if they were given; not hidden ones
    ``**`` for all subfolders)
    ``0``, ``'0'``, ``'/dev/video0'``     a camera (a path, if a file has this name)
    bytes, open file, array, PIL image    one picture, see :func:`~flip_mm.media.given_images.image_of`
    list or tuple                         those of its members, in order
    other iterable of paths               those of its members, in order
    other iterable of images              one recording with these frames
    ====================================  =================================================================================

    Each given path, image and pattern yields one source at least: what cannot be read, does not exist, or contains nothing, has
    an ``error``.

    Args:
        given: See the table.
        colour: Order of the channels of arrays, ``'rgb'`` or ``'bgr'`` (OpenCV); files have their own order.
        stride: Read the frames 0, stride, 2 stride, ... of recordings.
        seconds: Read cameras for so long; None reads them until they are unplugged.

    Yields:
        The sources, in order.

    Raises:
        TypeError: A value is none of these.
        ValueError: ``colour``, ``stride`` or ``seconds`` is wrong.
    """
    if colour not in COLOURS:
        raise ValueError(f"colour={colour!r} must be 'rgb' or 'bgr'.")
    if isinstance(stride, bool) or not isinstance(stride, int) or stride < 1:
        raise ValueError(f"stride={stride!r} must be a whole number of 1 or more.")
    if seconds is not None and not seconds > 0:
        raise ValueError(f"seconds={seconds!r} must be above 0.")
    yield from _sources(given, _Reading(colour, stride, seconds), itertools.count())


def known_count(given: Any) -> int | None:
    """Return the number of pictures of a list or of paths, without reading them; None if it cannot be known."""
    if isinstance(given, list | tuple):
        counts = [known_count(member) for member in given]
        return None if None in counts else sum(counts)
    if isinstance(given, str | os.PathLike):
        files = [file for file, _ in expand(os.fspath(given))]
        return None if any(map(is_video_name, files)) or CAMERA.fullmatch(os.fspath(given)) else len(files)
    return 1 if is_image(given) else None


def check_paths(paths: Iterable[str]) -> None:
    """Refuse paths, patterns and cameras of which nothing can be read.

    Raises:
        FileNotFoundError: There is no such file or camera, or a pattern matches nothing.
        ValueError: A folder has no pictures or videos or cannot be read, or a path is no file.
    """
    for path in paths:
        if (camera := CAMERA.fullmatch(path)) and not os.path.isfile(path):
            check_camera(int(camera[1]))
            continue
        errors = [(file, error) for file, error in expand(path)]
        if all(error for _, error in errors):
            file, error = errors[0]
            raise (ValueError if os.path.lexists(file) else FileNotFoundError)(f"'{file}': {error}.")


class _Reading(NamedTuple):
    """How recordings and arrays are read."""

    colour: str
    stride: int
    seconds: float | None


def _sources(given: Any, how: _Reading, numbers: Iterator[int]) -> Iterator[Source]:
    if isinstance(given, int) and not isinstance(given, bool):
        yield _camera(given, how)
    elif isinstance(given, str | os.PathLike):
        yield from _paths(os.fspath(given), how)
    elif is_image(given):
        yield _given_image(given, how.colour, next(numbers))
    elif isinstance(given, list | tuple):
        for member in given:
            yield from _sources(member, how, numbers)
    elif isinstance(given, Iterable) and not isinstance(given, dict) and not hasattr(given, "__array__"):
        yield from _iterable(iter(given), how, numbers)
    else:
        raise TypeError(
            f"{type(given).__name__} is no picture or recording: give a path, bytes, an array of uint8, a PIL image, the "
            "number of a camera, or a list of them."
        )


def _iterable(members: Iterator[Any], how: _Reading, numbers: Iterator[int]) -> Iterator[Source]:
    first = next(members, members)
    if first is members:
        return
    everything = itertools.chain([first], members)
    if is_image(first):
        yield Source(f"frames {next(numbers)}", "frames", open_frames=lambda: _given_frames(everything, how))
    else:
        for member in everything:
            yield from _sources(member, how, numbers)


def _given_frames(images: Iterator[Any], how: _Reading) -> Iterator[SourceFrame]:
    for number, image in enumerate(images):
        if number % how.stride == 0:
            try:
                yield SourceFrame(number, None, image_of(image, how.colour))
            except UnreadableError as error:
                yield SourceFrame(number, None, None, str(error))


def _given_image(value: Any, colour: str, number: int) -> Source:
    kind = "array" if isinstance(value, np.ndarray) else "bytes" if isinstance(value, bytes | bytearray) else "image"
    name = str(getattr(value, "filename", None) or getattr(value, "name", None) or f"{kind} {number}")
    try:
        image = image_of(value, colour)
        # An open file is read once.
        reopen = (lambda: image) if hasattr(value, "read") else partial(image_of, value, colour)
        return Source(name, image=image, reopen=reopen)
    except UnreadableError as error:
        return Source(name, error=str(error))


def _paths(path: str, how: _Reading) -> Iterator[Source]:
    if (camera := CAMERA.fullmatch(path)) and not os.path.isfile(path):
        yield _camera(int(camera[1]), how)
        return
    for file, error in expand(path):
        if error:
            yield Source(file, error=error)
        elif is_video_name(file):
            yield _video(file, how.stride)
        else:
            yield _picture(file)


def _picture(path: str) -> Source:
    try:
        size = os.path.getsize(path)
        if size > LARGEST_PICTURE:
            return Source(path, error=f"it has {size:,} bytes, which is no picture")
        return Source(path, image=_read(path), reopen=partial(_read, path))
    except UnreadableError as error:
        return Source(path, error=str(error))
    except OSError as error:
        return Source(path, error=f"it cannot be read ({error.strerror})")


def _read(path: str) -> np.ndarray:
    return image_of(Path(path).read_bytes())


def _video(path: str, stride: int) -> Source:
    try:
        from .video import VideoFrames

        video = VideoFrames(Path(path), count=False)
    except ImportError:
        return Source(path, "video", error='reading videos needs the package av: pip install "flip_mm[prepare]"')
    except UnreadableError as error:
        return Source(path, "video", error=str(error))
    except OSError as error:
        return Source(path, "video", error=f"it cannot be read ({error.strerror})")
    count = video.known_length
    # Closed until its frames are read, because a list may have thousands of videos.
    video.close()

    def frames() -> Iterator[SourceFrame]:
        try:
            yield from _until_error(video.in_order(stride))
        finally:
            video.close()

    return Source(path, "video", frame_count=-(-count // stride) or None, open_frames=frames)


def _camera(index: int, how: _Reading) -> Source:
    if index < 0:
        return Source(str(index), "camera", error=f"{index} is no number of a camera, they start at 0")
    return Source(str(index), "camera", open_frames=lambda: _until_error(camera_frames(index, how.stride, how.seconds)))


def _until_error(frames: Iterator[tuple[int, float | None, np.ndarray]]) -> Iterator[SourceFrame]:
    """Yield frames, and at the error that ends them a frame that tells it."""
    number = -1
    try:
        for number, time, image in frames:
            yield SourceFrame(number, time, image)
    except UnreadableError as error:
        yield SourceFrame(number + 1, None, None, str(error))
