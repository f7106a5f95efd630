# SPDX-License-Identifier: Apache-2.0
"""Files that a path or a pattern stands for."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from .file_types import is_media_name

PATTERN = set("*?[")


def expand(path: str) -> Iterator[tuple[str, str]]:
    """Find the pictures and videos of a path, a folder or a pattern.

    Args:
        path: As :func:`~flip_mm.media.sources.open_sources` takes it.

    Yields:
        Path of a file and ''; or a path and why nothing can be read there. One at least.
    """
    if PATTERN & set(path) and not os.path.lexists(path):
        matches = sorted(glob.glob(path, recursive=True))
        if not matches:
            yield path, "no file matches this pattern"
        for match in matches:
            # The files of such a folder match by themselves.
            if not ("**" in path and os.path.isdir(match)):
                yield from _one(match)
    else:
        yield from _one(path)


def _one(path: str) -> Iterator[tuple[str, str]]:
    try:
        if os.path.isdir(path):
            yield from _folder(path)
        elif not os.path.lexists(path):
            yield path, "there is no such file" if path else "its name is empty"
        elif not os.path.exists(path):
            yield path, "it is a broken link"
        elif not os.path.isfile(path):
            yield path, "it is a device or a pipe, not a file"
        else:
            yield path, ""
    except (OSError, ValueError) as error:  # such as a name with a NUL
        yield path, f"it cannot be read ({getattr(error, 'strerror', None) or error})"


def _folder(path: str) -> Iterator[tuple[str, str]]:
    try:
        names = sorted(os.listdir(path))
    except OSError as error:
        yield path, f"the folder cannot be read ({error.strerror})"
        return
    folders = {name for name in names if os.path.isdir(os.path.join(path, name))}
    files = [name for name in names if is_media_name(name) and not name.startswith(".") and name not in folders]
    if not files:
        pattern = os.path.join(path, "**", "*.jpg")
        yield path, "the folder contains no pictures or videos" + (f", for its subfolders give '{pattern}'" if folders else "")
    for name in files:
        yield from _one(str(Path(path) / name))
