# SPDX-License-Identifier: Apache-2.0
"""Files that are either there as a whole or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

# Ending of a file that is being written.
PART = ".part"
CHUNK = 1 << 24


@register_backend("durable")
class DurableBackend(LocalBackend):
    """mmengine's local files, written beside, flushed to the disk, read back, and only then given their name.

    mmengine opens the final name, so that a crash or a full disk leaves half a file under it, or destroys the one that was
    there. Chosen by ``backend_args=dict(backend='durable')``.

    Args:
        advice: What a message that a file was not written ends with; '' for nothing.
    """

    def __init__(self, advice: str = "") -> None:
        self.advice = advice

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file.

        Args:
            obj: Its content.
            filepath: Its name; a file that has it keeps its content until the new one is complete.

        Raises:
            OSError: The content could not be written, or what was read back differs; no file is left or changed.
        """
        path = Path(filepath)
        part = path.with_name(path.name + PART)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())
            _compare(part, memoryview(obj))
            os.replace(part, path)
            _sync_folder(path.parent)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise OSError(
                error.errno,
                f"{error.strerror}: '{path}' ({len(obj):,} bytes) was not written. Earlier files are as they were"
                + (f"; {self.advice}" if self.advice else ""),
            ) from error

    def put_text(self, obj: str, filepath: str | Path, encoding: str = "utf-8") -> None:
        """Write a text file as :meth:`put` does."""
        self.put(obj.encode(encoding), filepath)


def _compare(path: Path, content: memoryview) -> None:
    """Raise an OSError unless the file holds the content."""
    position = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if content[position : position + len(chunk)] != chunk:
                break
            position += len(chunk)
    if position != len(content):
        raise OSError(errno.EIO, "what was read back from the disk differs from what was written")


def _sync_folder(folder: Path) -> None:
    """Make a rename last; Windows cannot open folders, and does it by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
