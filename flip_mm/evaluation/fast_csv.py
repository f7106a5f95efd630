# SPDX-License-Identifier: Apache-2.0
"""Read large score files by pyarrow. Only regular content is accepted; the strict reader decides about the rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flip_mm.utils.csv_cells import unquote_cell
from flip_mm.utils.packed_text import all_different
from flip_mm.utils.plain_numbers import LONGEST

from .checks import Ints
from .score_checks import are_consistent
from .score_table import COLUMNS, ScoreTable
from .text_column import Codes, TextColumn, Texts, as_texts

if TYPE_CHECKING:
    import pyarrow

# Printable ASCII without quotes, and line ends.
REGULAR = bytes(char for char in range(32, 127) if char != ord('"')) + b"\n"
BLOCK = 2**23


@dataclass(frozen=True)
class ArrowTexts:
    """Texts in the memory of pyarrow: much smaller than Python's, for names of files, which do not repeat."""

    column: pyarrow.ChunkedArray

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.column)

    def texts(self) -> Texts:
        """Return the texts (N,)."""
        return as_texts(self.column.to_pylist())

    def take(self, rows: Ints) -> TextColumn:
        """Return the texts of some rows."""
        return ArrowTexts(self.column.take(rows))

    def coded(self) -> Codes:
        """Return the texts as numbers."""
        return Codes.of(self.texts())


def read_regular(data: bytes, known: Collection[str]) -> tuple[ScoreTable, dict[str, str] | None] | None:
    """Read a score file without irregular content.

    Args:
        data: Content of the file.
        known: Names of further columns.

    Returns:
        The frames, and the values of the further columns if they are equal in all rows. None if anything is unusual: a
        character that is not printable ASCII, a quote, a number of cells that differs, a long line, an error in the table;
        or if pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import csv
    except ImportError:
        return None
    header = data[: data.find(b"\n")].decode("ascii", "replace").split(",")
    regular = data.isascii() and not data.translate(None, REGULAR) and not _has_long_line(data)
    if not regular or len(set(header)) < len(header) or not set(COLUMNS) <= set(header):
        return None
    shared = _shared_cells(data, header)
    origin = {name: [unquote_cell(cell)] for name, cell in (shared or {}).items() if name in known}
    more = [name for name in header if name in known] if shared is None else []
    # A dictionary column is read as numbers and distinct texts.
    types = dict.fromkeys([*COLUMNS, *more], pyarrow.dictionary("int32", "string"))
    types |= dict(file=pyarrow.string(), score=pyarrow.float64())
    convert = csv.ConvertOptions(column_types=types, include_columns=list(types), null_values=[], check_utf8=False)
    try:
        table = csv.read_csv(
            pyarrow.BufferReader(data),
            # In threads pyarrow takes twice the CPU time, and keeps copies of many blocks.
            csv.ReadOptions(use_threads=False, block_size=BLOCK),
            csv.ParseOptions(quote_char=False, newlines_in_values=False),
            convert,
        ).unify_dictionaries()
    except pyarrow.ArrowException:
        return None
    if not len(table) or not _are_regular_files(table["file"]):
        return None
    columns = {name: _codes(table[name]) for name in COLUMNS if name not in ("file", "score")}
    label = columns.pop("label")
    if set(label.names) != {"0", "1"}:
        return None
    origin |= {name: _names(table[name]) for name in more}
    values = dict(file=ArrowTexts(table["file"]), **columns)
    values |= dict(label=np.array([int(name) for name in label.names])[label.codes], score=table["score"].to_numpy().copy())
    frames = {name: values[name] for name in COLUMNS}
    if any(len(set(column.names)) < len(column.names) for column in columns.values()) or not are_consistent(**frames):
        return None
    alike = all(len(names) == 1 for names in origin.values())
    return ScoreTable(**frames), {name: names[0] for name, names in origin.items() if names[0]} if alike else None


def _has_long_line(data: bytes) -> bool:
    """Whether a line is so long that the strict reader may refuse a cell of it."""
    last, step = -1, 2**20
    for start in range(0, len(data), step):
        part = np.frombuffer(data, np.uint8, min(step, len(data) - start), start)
        ends = np.flatnonzero(part == ord("\n")) + start
        if start + step >= len(data):
            ends = np.append(ends, len(data))
        if not ends.size or np.diff(ends, prepend=last).max() > LONGEST:
            return True
        last = int(ends[-1])
    return False


def _shared_cells(data: bytes, header: list[str]) -> dict[str, str] | None:
    """Return the cells of the columns after those of a table if all rows are equal there, as in our own files."""
    width = len(COLUMNS)
    start = data.find(b"\n") + 1
    cells = data[start : data.find(b"\n", start)].decode().split(",")[width:]
    end = "".join(f",{cell}" for cell in cells).encode() + b"\n"
    if set(header[:width]) != set(COLUMNS) or not data.endswith(b"\n") or data.count(end, start) != data.count(b"\n", start):
        return None
    return dict(zip(header[width:], cells, strict=False))


def _are_regular_files(files: pyarrow.ChunkedArray) -> bool:
    """Whether all names of files are different, not empty, and need no change."""
    from pyarrow import compute

    odd = [compute.equal(files, ""), compute.ends_with(files, " "), *(compute.starts_with(files, start) for start in " '")]
    if any(compute.any(found).as_py() for found in odd):
        return False
    hashes = [np.fromiter(map(hash, chunk.to_pylist()), np.int64, len(chunk)) for chunk in files.chunks]
    return all_different(np.concatenate(hashes))


def _codes(column: pyarrow.ChunkedArray) -> Codes:
    """Return a dictionary column as numbers."""
    return Codes(_names(column), np.concatenate([chunk.indices.to_numpy() for chunk in column.chunks]))


def _names(column: pyarrow.ChunkedArray) -> Texts:
    """Return the distinct texts of a dictionary column as the strict reader returns them."""
    return as_texts([unquote_cell(name) for name in column.chunk(0).dictionary.to_pylist()])
