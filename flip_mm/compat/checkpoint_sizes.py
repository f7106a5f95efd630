# SPDX-License-Identifier: Apache-2.0
"""Check that loading a checkpoint needs about as much memory as its file has bytes, before it is unpacked."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path

from .memory_budget import Sizes
from .pickle_sizes import check_pickle

ZIP_BEGIN = b"PK\x03\x04"
END, END64, LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
# The pickles of torch's older format, before its storages.
PICKLES = ("magic number", "version", "byte order", "content", "storages")
END_SIZE, LOCATOR_SIZE, END64_SIZE = 22, 20, 56


class ForeignArchive(ValueError):
    """An archive that ``torch.save`` did not write."""


def check_sizes(path: Path) -> None:
    """Check a file before torch reads it.

    Args:
        path: A file of ``torch.save``, in its current format, an archive, or its older one, pickles and then storages.

    Raises:
        TooLarge: It needs far more memory than it has bytes.
        ForeignArchive: ``torch.save`` did not write the archive.
        Exception: It is damaged, or no checkpoint.
    """
    size = os.path.getsize(path)
    with path.open("rb") as file:
        # torch distinguishes its two formats by these bytes.
        if file.read(len(ZIP_BEGIN)) == ZIP_BEGIN:
            content, records = read_records(path)
            check_pickle(io.BytesIO(content), Sizes(size, records))
            return
        file.seek(0)
        sizes = Sizes(size)
        for _ in PICKLES:
            check_pickle(file, sizes)


def read_records(path: Path) -> tuple[bytes, dict[str, int]]:
    """Read the entries of an archive of ``torch.save``, which are uncompressed and in sequence.

    Sizes are checked first: compressed or overlapping entries need more memory than the file has bytes. Then the checksums,
    which torch does not check.

    Args:
        path: The archive.

    Returns:
        The pickle in it, and name -> size in bytes of all records, without the name of the archive's top folder.

    Raises:
        ForeignArchive: ``torch.save`` did not write the archive.
        zipfile.BadZipFile: It is damaged.
    """
    size = os.path.getsize(path)
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if any(entry.filename.endswith("/constants.pkl") for entry in entries):
            raise ForeignArchive("it is a TorchScript archive, which is a program")
        if archive.start_dir != _directory(path, size):
            raise ForeignArchive("its table of contents is not at the end")
        for entry in entries:
            if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
                raise ForeignArchive(
                    f"its entry '{entry.filename}' is compressed to {entry.compress_size:,} of {entry.file_size:,} bytes, and "
                    "torch.save compresses nothing"
                )
        total = sum(entry.file_size for entry in entries)
        if total > size:
            raise ForeignArchive(f"its entries have {total:,} bytes together, and the file has {size:,}")
        if len({entry.filename.casefold() for entry in entries}) < len(entries):
            raise ForeignArchive("two of its entries have one name")
        if (name := archive.testzip()) is not None:
            raise zipfile.BadZipFile(f"the checksum of '{name}' is wrong")
        # torch reads the name of the top folder from the first entry.
        top = f"{entries[0].filename.split('/')[0]}/" if entries else ""
        records = {entry.filename.removeprefix(top): entry.file_size for entry in entries if entry.filename.startswith(top)}
        if "data.pkl" not in records:
            raise ForeignArchive("it has no entry 'data.pkl'")
        return archive.read(f"{top}data.pkl"), records


def _directory(path: Path, size: int) -> int | None:
    """The start of the table of contents according to the last bytes of the file; None if readers of zip files may disagree."""
    with path.open("rb") as file:
        file.seek(max(0, size - END_SIZE - LOCATOR_SIZE - END64_SIZE))
        tail = file.read()
    end, locator, end64 = tail[-END_SIZE:], tail[-END_SIZE - LOCATOR_SIZE : -END_SIZE], tail[: -END_SIZE - LOCATOR_SIZE]
    if end[:4] != END or end[20:22] != b"\0\0":
        return None
    if locator[:4] != LOCATOR64:
        return struct.unpack("<I", end[16:20])[0]
    if end64[:4] != END64 or struct.unpack("<Q", locator[8:16])[0] != size - len(tail):
        return None
    return struct.unpack("<Q", end64[48:56])[0]
