# SPDX-License-Identifier: Apache-2.0
"""Open recordings of all supported kinds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from .frames import Frames


@contextmanager
def open_frames(path: Path, media: str) -> Iterator[Frames]:
    """Open a recording.

    Args:
        path: A file, or a folder if ``media`` is ``'folder'``.
        media: ``'video'``, ``'image'``, ``'folder'`` or ``'hdf5'``.

    Yields:
        Its frames; closed at the end of the context.

    Raises:
        UnreadableError: The recording is damaged, or has no unique conversion to 8-bit colour.
        OSError: The file cannot be read.
        ImportError: The extra ``flip_mm[prepare]`` is not installed.
        ValueError: ``media`` is unknown.

    Example:
        >>> with open_frames(Path("1_1_36_1.avi"), "video") as frames:  # doctest: +SKIP
        ...     image = frames[6]
    """
    with closing(_reader(media)(path)) as frames:
        yield frames


def _reader(media: str) -> type:
    try:
        if media == "video":
            from .video import VideoFrames

            return VideoFrames
        from . import ffmpeg_check  # noqa: F401  needed to read images; fails early if it is missing

        if media == "image":
            from .still_image import ImageFrames

            return ImageFrames
        if media == "folder":
            from .image_folder import FolderFrames

            return FolderFrames
        if media == "hdf5":
            from .hdf5 import HDF5Frames

            return HDF5Frames
    except ModuleNotFoundError as error:
        raise ImportError(f'Reading {media} needs the package {error.name}: pip install "flip_mm[prepare]"') from error
    raise ValueError(f"media must be 'video', 'image', 'folder' or 'hdf5', not {media!r}")
