# SPDX-License-Identifier: Apache-2.0
"""Write files completely or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

# Ending of an incomplete file.
PART = ".part"
CHUNK = 1 << 24


@register_backend("durable")
class DurableBackend(LocalBackend):
    """mmengine's backend for local files, but a file is written to a temporary name, checked, and then renamed.

    mmengine writes to the final name, so a crash or a full disk leaves an incomplete file or destroys the old one. Chosen by
    ``backend_args=dict(backend='durable')``.

    Args:
        advice: End of the message if a file cannot be written; '' for none.
    """

    def __init__(self, advice: str = "") -> None:
        self.advice = advice

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file.

        Args:
            obj: Its content.
            filepath: Its path. An existing file is replaced when the new one is complete.

        Raises:
            OSError: The content could not be written, or reading it back gives something else; no file is changed.
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
                f"{error.strerror}: '{path}' ({len(obj):,} bytes) was not written. Earlier files are unchanged"
                + (f"; {self.advice}" if self.advice else ""),
            ) from error

    def put_text(self, obj: str, filepath: str | Path, encoding: str = "utf-8") -> None:
        """Write a text file as :meth:`put` does."""
        self.put(obj.encode(encoding), filepath)


def _compare(path: Path, content: memoryview) -> None:
    """Raise an OSError unless the file has this content."""
    position = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if content[position : position + len(chunk)] != chunk:
                break
            position += len(chunk)
    if position != len(content):
        raise OSError(errno.EIO, "reading the file back gives something else than was written")


def _sync_folder(folder: Path) -> None:
    """Write a rename to the disk; Windows does this automatically and cannot open folders."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
