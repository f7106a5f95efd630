# SPDX-License-Identifier: Apache-2.0
"""Where explanations are written."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from flip_mm.utils.text import safe_stem


def check_folder(folder: Path) -> None:
    """Check that files can be written into a folder, which may not exist yet; nothing is written.

    Raises:
        OSError: They cannot.
    """
    existing = folder.absolute()
    while not os.path.lexists(existing):
        existing = existing.parent
    if not existing.is_dir():
        raise NotADirectoryError(f"'{existing}' is no folder: choose another output folder.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise PermissionError(f"nothing can be written into '{existing}': choose another output folder.")


class OutputNames:
    """Names of files in a folder, from the names of pictures; two pictures never get the same one.

    Args:
        folder: The folder.
        ending: Of all names, such as ``'_explained.png'``.
    """

    def __init__(self, folder: Path, ending: str) -> None:
        self.folder, self.ending = folder, ending
        self.numbers: Counter[str] = Counter()

    def __call__(self, source: str) -> Path:
        """Return the path for a picture.

        Example:
            >>> name = OutputNames(Path("out"), ".png")
            >>> name("a/me.jpg").name, name("b/me.jpg").name
            ('me.png', 'me_2.png')
        """
        name = safe_stem(source)
        self.numbers[name] += 1
        number = self.numbers[name]
        return self.folder / f"{name}{'' if number == 1 else f'_{number}'}{self.ending}"
