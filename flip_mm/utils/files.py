# SPDX-License-Identifier: Apache-2.0
"""Text files that say what is wrong with them, and files that are either there as a whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# First bytes -> what is often given in place of UTF-8 text, and what to do.
FOREIGN = {
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
    b"\x1f\x8b": "compressed by gzip: unpack it first",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet: unpack it, or save it as CSV",
    b"\x89PNG": "a PNG image: give the text file",
    b"\xff\xd8\xff": "a JPEG image: give the text file",
    b"%PDF": "a PDF: give the text file",
}

ELSEWHERE = "Choose another place, or free some space there"


def read_utf8(path: str | Path) -> str:
    """Text of a UTF-8 file, without its byte order mark, line ends as they are.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not UTF-8; the message names file and line.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        # Opening names the file, reading does not.
        error.filename = error.filename or str(path)
        raise
    if kind := next((kind for start, kind in FOREIGN.items() if data.startswith(start)), None):
        raise ValueError(f"'{path}', line 1: this is no UTF-8 text but {kind}.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"'{path}', line {line}: this is not UTF-8 text ({error.reason}). Save it as UTF-8.") from error


def is_special(path: Path) -> bool:
    """Whether a path is a device, a pipe or the like, which a file of this name would replace; ``/dev/stdout`` is a link."""
    if path.is_symlink() and os.readlink(path).startswith("/proc/"):
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place and rename it.

    Raises:
        OSError: It could not be written; no half file is left.
    """
    if is_special(path):
        raise OSError(errno.EEXIST, "this is a device or a pipe and would be replaced", str(path))
    part = path.with_name(f"{path.name}.part")
    try:
        # A link of this name would lead elsewhere.
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            file.write(data)
        os.replace(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


def write_file(path: str | Path, data: bytes, advice: str = ELSEWHERE) -> None:
    """Write a file as :func:`write_whole` does.

    Args:
        path: Its name.
        data: Its content.
        advice: A sentence that follows in the message of an error.

    Raises:
        OSError: Naming the file and why; no half file is left.
    """
    with name_in_errors(path, advice):
        write_whole(Path(path), data)


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 file as :func:`write_file` does."""
    write_file(path, text.encode("utf-8"))


@contextmanager
def name_in_errors(path: str | Path, advice: str = ELSEWHERE) -> Iterator[None]:
    """Say which file was not written: what the system says of a full disk does not.

    Args:
        path: The file.
        advice: A sentence that follows.
    """
    try:
        yield
    except OSError as error:
        message = f"{error.strerror}: '{path}' was not written. {advice}"
        raise OSError(error.errno, message) from error


def short_path(path: str | Path) -> str:
    """A path as it may be typed here: relative to the current folder where that is shorter.

    Example:
        >>> short_path(os.path.join(os.getcwd(), "work_dirs", "a"))
        'work_dirs/a'
    """
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)
