# SPDX-License-Identifier: Apache-2.0
"""Read and replace the text in the ``rt_info`` of an OpenVINO model, without the package openvino.

A model is two files: ``NAME.xml`` with the graph, which gets the text, and ``NAME.bin`` with the weights.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ELEMENT = re.compile(rb'<(flip_mm) value="([^"]*)"/>')
END = b"</rt_info>"
CHUNK = 1 << 20
# Graphs have hundreds of kilobytes.
MAX_XML = 200 * CHUNK


def bin_path(path: Path) -> Path:
    """Return the file with the weights."""
    return path.with_suffix(".bin")


def read_metadata(path: Path) -> dict[str, str]:
    """Return the texts of a model.

    Raises:
        ValueError: The file is no model of OpenVINO, or its weights are missing.
        OSError: It cannot be read.
    """
    return {key.decode(): html.unescape(value.decode("utf-8", "replace")) for key, value in ELEMENT.findall(_content(path))}


def without_metadata(path: Path) -> Iterator[bytes]:
    """Yield the content of both files without the texts, in parts."""
    yield ELEMENT.sub(b"", _content(path))
    with bin_path(path).open("rb") as file:
        while part := file.read(CHUNK):
            yield part


def with_metadata(path: Path, texts: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the content of the graph's file with other texts."""
    start, end, rest = ELEMENT.sub(b"", _content(path)).rpartition(END)
    elements = (f'<{key} value="{html.escape(value)}"/>'.encode() for key, value in texts.items())
    yield b"".join([start, *elements, end, rest])


def _content(path: Path) -> bytes:
    if path.stat().st_size > MAX_XML:
        raise ValueError("it is no OpenVINO model: it is too large for a graph")
    content = path.read_bytes()
    if b"<net " not in content[:1000] or END not in content[-100_000:] or not content.rstrip().endswith(b"</net>"):
        raise ValueError("it is no OpenVINO model, or it is cut off")
    if not bin_path(path).is_file():
        raise ValueError(f"its weights '{bin_path(path).name}' are missing: keep both files in one folder")
    return content
