# SPDX-License-Identifier: Apache-2.0
"""Read and replace the texts in the header of a ``.safetensors`` file, without reading its tensors.

A file is: length of the header (8 bytes, little endian), the header (JSON), the tensors.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

# Names and texts of large models have less than one MiB.
MAX_HEADER = 20 << 20
CHUNK = 1 << 20


def read_header(path: Path) -> tuple[dict[str, Any], int]:
    """Return the header of a file, and where its tensors start.

    Raises:
        ValueError: The file is no safetensors file.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return _header(file)


def _header(file: BinaryIO) -> tuple[dict[str, Any], int]:
    """Read the header of an open file, of which the tensors are next."""
    start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if not 2 <= length <= os.fstat(file.fileno()).st_size - 8:
        raise ValueError("it is no safetensors file, or it is cut off")
    if length > MAX_HEADER:
        raise ValueError(f"its header has {length >> 20} MiB, {MAX_HEADER >> 20} are allowed")
    try:
        header = json.loads(file.read(length))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no safetensors file: its header is no JSON ({error})") from error
    if not isinstance(header, dict) or not isinstance(header.get("__metadata__", {}), dict):
        raise ValueError("it is no safetensors file: its header is no table of tensors")
    return header, 8 + length


def read_metadata(path: Path) -> dict[str, str]:
    """Return the texts of a file; see :func:`read_header`."""
    return read_header(path)[0].get("__metadata__", {})


def without_metadata(path: Path) -> Iterator[bytes]:
    """Yield the tensors of a file, in parts."""
    with path.open("rb") as file:
        _header(file)
        while part := file.read(CHUNK):
            yield part


def with_metadata(path: Path, texts: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the content of a file with other texts in its header, in parts."""
    # One open file: another process may replace the path meanwhile.
    with path.open("rb") as file:
        header = _header(file)[0]
        header.pop("__metadata__", None)
        data = json.dumps({"__metadata__": dict(texts), **header}, ensure_ascii=False, separators=(",", ":")).encode()
        # Tensors are aligned to 8 bytes.
        data += b" " * (-len(data) % 8)
        yield struct.pack("<Q", len(data)) + data
        while part := file.read(CHUNK):
            yield part
