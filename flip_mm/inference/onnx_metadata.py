# SPDX-License-Identifier: Apache-2.0
"""Read and replace the texts (``metadata_props``) of an ONNX file, without the package onnx and without reading the graph.

The file is a protobuf message: a sequence of fields, each a key (number and wire type) and a value. Only the outermost fields
are read; the graph, which is one of them, is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

# Field numbers of ModelProto and StringStringEntryProto, onnx.proto3.
IR_VERSION, GRAPH, METADATA = 1, 7, 14
KEY, VALUE = 1, 2
# Wire types: varint, 8 bytes, length and bytes, 4 bytes.
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
CHUNK = 1 << 20
# A card has some kilobytes.
MAX_TEXT = 20 << 20
# Start of an entry of TensorProto.external_data: the key "location", and the key of its value.
LOCATION = b"\x0a\x08location\x12"
NO_ONNX = "it is no ONNX file, or it is cut off"


def read_metadata(path: Path) -> dict[str, str]:
    """Return the texts of a file.

    Raises:
        ValueError: The file is no ONNX file.
        OSError: It cannot be read.
    """
    texts, numbers = {}, set()
    with path.open("rb") as file:
        for number, start, end in _fields(file, path.stat().st_size):
            numbers.add(number)
            if number == METADATA:
                if end - start > MAX_TEXT:
                    raise ValueError(f"a text in it has {(end - start) >> 20} MiB, {MAX_TEXT >> 20} are allowed")
                file.seek(start)
                key, value = _entry(file, end)
                texts[key] = value
    if not numbers >= {IR_VERSION, GRAPH}:
        raise ValueError(NO_ONNX)
    return texts


def has_external_data(path: Path) -> bool:
    """Return whether tensors of a file are in other files."""
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return content.find(LOCATION) >= 0


def without_metadata(path: Path) -> Iterator[bytes]:
    """Yield the content of a file without its texts, in parts."""
    with path.open("rb") as file:
        begin = 0
        for number, _, end in [*_fields(file, path.stat().st_size)]:
            if number != METADATA:
                file.seek(begin)
                while begin < end:
                    part = file.read(min(CHUNK, end - begin))
                    begin += len(part)
                    yield part
            begin = end


def with_metadata(path: Path, texts: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the content of a file with other texts, in parts."""
    yield from without_metadata(path)
    for key, value in texts.items():
        entry = b"".join(_text(number, text) for number, text in ((KEY, key), (VALUE, value)))
        yield _varint(METADATA << 3 | BYTES) + _varint(len(entry)) + entry


def _fields(file: BinaryIO, size: int) -> Iterator[tuple[int, int, int]]:
    """Yield number, start of the value and end of each field."""
    place = file.tell()
    while place < size:
        file.seek(place)
        key = _read_varint(file)
        number, wire = key >> 3, key & 7
        if wire == BYTES:
            length = _read_varint(file)
        elif wire in (FIXED64, FIXED32):
            length = 8 if wire == FIXED64 else 4
        elif wire == VARINT:
            start = file.tell()
            _read_varint(file)
            length = file.tell() - start
            file.seek(start)
        else:
            raise ValueError(NO_ONNX)
        start, place = file.tell(), file.tell() + length
        if place > size or number == 0:
            raise ValueError(NO_ONNX)
        yield number, start, place


def _entry(file: BinaryIO, end: int) -> tuple[str, str]:
    found = {}
    for number, start, stop in [*_fields(file, end)]:
        file.seek(start)
        found[number] = file.read(stop - start)
    return found.get(KEY, b"").decode("utf-8", "replace"), found.get(VALUE, b"").decode("utf-8", "replace")


def _read_varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 64, 7):
        byte = file.read(1)
        if not byte:
            break
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise ValueError(NO_ONNX)


def _varint(value: int) -> bytes:
    parts = []
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def _text(number: int, text: str) -> bytes:
    data = text.encode()
    return _varint(number << 3 | BYTES) + _varint(len(data)) + data
