# SPDX-License-Identifier: Apache-2.0
"""Open a recording, however it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from .frames import Frames


@contextmanager
def open_frames(path: Path, media: str) -> Iterator[Frames]:
    """Open a recording.

    Args:
        path: Of a file, or of a folder where ``media`` is ``'folder'``.
        media: ``'video'``, ``'image'``, ``'folder'`` or ``'hdf5'``.

    Yields:
        Its frames, open as long as the context.

    Raises:
        UnreadableError: It is broken, or holds what cannot become 8-bit colour without guessing.
        OSError: The file system cannot give it.
        ImportError: The extra ``flip_mm[prepare]`` is not installed.
        ValueError: ``media`` is none of these.

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
        from . import ffmpeg_check  # noqa: F401  which reading images needs

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
        raise ImportError(f'{error.name} is missing, which reads {media}: pip install "flip_mm[prepare]"') from error
    raise ValueError(f"media must be 'video', 'image', 'folder' or 'hdf5', not {media!r}")
