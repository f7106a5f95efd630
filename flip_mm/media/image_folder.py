# SPDX-License-Identifier: Apache-2.0
"""Frames that an archive stores as a folder of numbered images."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from .file_types import is_image_name
from .frames import UnreadableError
from .still_image import read_image


class FolderFrames:
    """:class:`~flip_mm.media.frames.Frames` of a folder of images, in the order of the numbers in their names.

    ``2.jpg`` comes before ``10.jpg``. A frame's index is its position in that order, whatever number the first has and
    whether or not numbers are missing in between. Files that are no images by their suffix, hidden files and folders do not
    count.

    Args:
        path: Of the folder.

    Raises:
        UnreadableError: It holds no image, a link that leads nowhere, or two that share a place in the order
            (``1.jpg`` and ``01.jpg`` or ``1.png``).
        OSError: There is no such folder.
    """

    def __init__(self, path: Path) -> None:
        files = [file for file in path.iterdir() if is_image_name(file.name) and not file.name.startswith(".")]
        if lost := sorted(file.name for file in files if not file.exists()):
            raise UnreadableError(f"{lost[0]} is a link that leads nowhere")
        self._files = sorted((file for file in files if file.is_file()), key=_order)
        if not self._files:
            raise UnreadableError("it holds no image")
        for first, second in zip(self._files, self._files[1:], strict=False):
            if _order(first) == _order(second):
                raise UnreadableError(f"{first.name} and {second.name} have the same place in the order of its frames")

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
        """Nothing is open."""


def _order(file: Path) -> list[tuple[int, str]]:
    """Numbers by value, the text between them by letters."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", file.stem) if part]
