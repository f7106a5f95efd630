# SPDX-License-Identifier: Apache-2.0
"""Read text files with clear errors, and write files completely or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# First bytes -> the kind of file, and what to do.
FOREIGN = {
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
    b"\x1f\x8b": "compressed by gzip: unpack it first",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet: unpack it, or save it as CSV",
    b"\x89PNG": "a PNG image: give the text file",
    b"\xff\xd8\xff": "a JPEG image: give the text file",
    b"%PDF": "a PDF: give the text file",
}

CHUNK = 1 << 20
ELSEWHERE = "Choose another place, or free some space there"


def read_utf8(path: str | Path) -> str:
    """Read a UTF-8 file, without its byte order mark, with unchanged line ends.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not UTF-8; the message names file and line.
    """
    return decode_utf8(read_bytes(path), path)


def read_bytes(path: str | Path) -> bytes:
    """Read a file.

    Raises:
        OSError: It cannot be read; the error names the file.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        # Errors of open() contain the file name, those of read() do not.
        error.filename = error.filename or str(path)
        raise


def read_tail(path: Path, size: int = 1 << 14) -> bytes:
    """Return the last bytes of a file, at most ``size``."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - size))
        return file.read()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits, without reading the whole file into memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def decode_utf8(data: bytes, path: str | Path) -> str:
    """Decode the content of a file as :func:`read_utf8` does.

    Raises:
        ValueError: It is not UTF-8; the message names file and line.
    """
    if kind := next((kind for start, kind in FOREIGN.items() if data.startswith(start)), None):
        raise ValueError(f"'{path}', line 1: this is no UTF-8 text but {kind}.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"'{path}', line {line}: this is not UTF-8 text ({error.reason}). Save it as UTF-8.") from error


def is_special(path: Path) -> bool:
    """Return whether a path is a device, a pipe or the like, also through a link such as ``/dev/stdout``."""
    if path.is_symlink() and os.readlink(path).startswith("/proc/"):
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


def write_whole(path: Path, data: bytes | Iterable[bytes], shared: bool = False) -> None:
    """Write a temporary file and rename it.

    Args:
        path: The file.
        data: Its content, or the parts of it.
        shared: Whether several processes may write this file at the same time. The temporary file then has the number of this
            process in its name. Otherwise a later write replaces what a killed process left.

    Raises:
        OSError: It could not be written. After any error no incomplete file is left.
    """
    if is_special(path):
        raise OSError(errno.EEXIST, "this is a device or a pipe and would be replaced", str(path))
    part = path.with_name(f"{path.name}.{os.getpid()}.part" if shared else f"{path.name}.part")
    try:
        # It may be a link to another file.
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            for content in [data] if isinstance(data, bytes) else data:
                file.write(content)
        os.replace(part, path)
    except BaseException:  # also one of the iterable
        with suppress(OSError):
            part.unlink()
        raise


def write_file(path: str | Path, data: bytes | Iterable[bytes], advice: str = ELSEWHERE, shared: bool = False) -> None:
    """Write a file as :func:`write_whole` does.

    Args:
        path: Its path.
        data: Its content, or the parts of it.
        advice: Last sentence of the error message.
        shared: See :func:`write_whole`.

    Raises:
        OSError: The message names the file and the reason; no incomplete file is left.
    """
    with name_in_errors(path, advice):
        write_whole(Path(path), data, shared)


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 file as :func:`write_file` does."""
    write_file(path, text.encode("utf-8"))


@contextmanager
def name_in_errors(path: str | Path, advice: str = ELSEWHERE) -> Iterator[None]:
    """Add the file name to an OSError; that of a full disk does not contain it.

    Args:
        path: The file.
        advice: Last sentence of the error message.
    """
    try:
        yield
    except OSError as error:
        message = f"{error.strerror}: '{path}' was not written. {advice}"
        raise OSError(error.errno, message) from error


def short_path(path: str | Path) -> str:
    """Return a path relative to the current folder if that is shorter.

    Example:
        >>> short_path(os.path.join(os.getcwd(), "work_dirs", "a"))
        'work_dirs/a'
    """
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)
