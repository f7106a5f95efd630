# SPDX-License-Identifier: Apache-2.0
"""Read recordings that are stored as a folder of numbered images."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from .file_types import is_image_name
from .frames import UnreadableError
from .still_image import read_image


class FolderFrames:
    """:class:`~flip_mm.media.frames.Frames` of a folder of images, sorted by the numbers in their names.

    ``2.jpg`` comes before ``10.jpg``. The index of a frame is its position in that order; the first number and gaps do not
    matter. Files without the suffix of an image, hidden files and folders are ignored.

    Args:
        path: The folder.

    Raises:
        UnreadableError: The folder has no image, a broken link, or two images with the same position in the order
            (``1.jpg`` and ``01.jpg`` or ``1.png``).
        OSError: The folder does not exist.
    """

    def __init__(self, path: Path) -> None:
        files = [file for file in path.iterdir() if is_image_name(file.name) and not file.name.startswith(".")]
        if broken := sorted(file.name for file in files if not file.exists()):
            raise UnreadableError(f"{broken[0]} is a broken link")
        self._files = sorted((file for file in files if file.is_file()), key=_sort_key)
        if not self._files:
            raise UnreadableError("it contains no image")
        for first, second in zip(self._files, self._files[1:], strict=False):
            if _sort_key(first) == _sort_key(second):
                raise UnreadableError(f"{first.name} and {second.name} have the same position in the order of its frames")

    def __len__(self) -> int:
        """Number of images."""
        return len(self._files)

    def __getitem__(self, index: int) -> np.ndarray:
        """Image ``index`` (from 0): (H, W, 3) uint8 RGB."""
        if not 0 <= index < len(self):
            raise IndexError(f"frame {index} of {len(self)}")
        file = self._files[index]
        try:
            return read_image(file)
        except UnreadableError as error:
            raise UnreadableError(f"{file.name}: {error}") from error

    def close(self) -> None:
        """Do nothing: no file is open."""


def _sort_key(file: Path) -> list[tuple[int, str]]:
    """Sort key: numbers by value, the text between them by letters."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", file.stem) if part]
