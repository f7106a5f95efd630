# SPDX-License-Identifier: Apache-2.0
"""Score files: CSV with one row per frame, to compute all metrics without a model."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import numpy as np

from flip_mm.utils.csv_cells import csv_text, quoted_cells, unquote_cell
from flip_mm.utils.files import decode_utf8, read_bytes, write_file
from flip_mm.utils.plain_numbers import plain_float, plain_int

from .fast_csv import read_regular
from .options import current_name
from .provenance import Provenance
from .score_table import COLUMNS, TEXTS, RowError, ScoreTable
from .text_column import Codes, TextColumn, as_texts

# The fields of Provenance as columns. The prefix avoids conflicts with columns of other programs.
PREFIX = "provenance_"
NUMBERS = dict(seed=plain_int, iteration=plain_int, shots=plain_int, holdout=plain_float)
PROVENANCE = {PREFIX + field.name: field.name for field in fields(Provenance)}
# How the threshold of the evaluation was chosen, such as `dev (eer)`.
THRESHOLD = PREFIX + "threshold"
# From this size in bytes the fast reader saves more time than its import takes.
LARGE = 2**20
# Rows that are written at once.
ROWS = 2**16


class ScoreFile(NamedTuple):
    """The content of a score file; the provenance is None, and the rule of the threshold empty, if unknown."""

    frames: ScoreTable
    provenance: Provenance | None
    threshold_rule: str = ""


def write_scores(frames: ScoreTable, path: str | Path, provenance: Provenance | None = None, threshold_rule: str = "") -> None:
    """Write a score file.

    UTF-8, comma-separated, with the names of the columns in the first row and all digits of the float64 scores. Text cells that
    begin with ``= + - @``, tab, carriage return or NUL get a leading ``'``, which :func:`read_scores` removes.

    Args:
        frames: The scores.
        path: The file. It is written under another name and renamed, so a crash leaves no incomplete file.
        provenance: The training and the checkpoint that the scores come from. Known values are written into every row, in
            columns that begin with ``provenance_``.
        threshold_rule: Short name of the threshold rule of the evaluation, in a column as well.
    """
    known = {name: getattr(provenance, field) for name, field in PROVENANCE.items() if provenance} | {THRESHOLD: threshold_rule}
    more = {name: value for name, value in known.items() if value not in ("", None)}
    write_file(path, csv_parts(frames, more))


def csv_parts(frames: ScoreTable, more: Mapping[str, str | float]) -> Iterator[bytes]:
    """Yield a score file in parts of many rows.

    Args:
        frames: The scores.
        more: Further columns with the same value in each row.
    """
    yield csv_text([(*COLUMNS, *more)]).encode()
    columns = [frames.column(name) for name in TEXTS]
    # A row begins with a text cell, so the first comma is not lost.
    end = csv_text([("", *more.values())]) if more else "\n"
    for start in range(0, len(frames), ROWS):
        rows = np.arange(start, min(start + ROWS, len(frames)))
        cells = [quoted_column(column.take(rows)) for column in columns]
        label, score = (map(repr, part[rows].tolist()) for part in (frames.label, frames.score))
        yield (end.join(map(",".join, zip(*cells, label, score, strict=True))) + end).encode()


def quoted_column(column: TextColumn) -> list[str]:
    """Return the cells of a column of texts."""
    if not isinstance(column, Codes):
        return quoted_cells(column.texts().tolist())
    used, codes = np.unique(column.codes, return_inverse=True)
    return as_texts(quoted_cells(column.names[used].tolist()))[codes].tolist()


def read_scores(path: str | Path) -> ScoreTable:
    """Read the frames of a score file, see :func:`read_score_file`."""
    return read_score_file(path).frames


def read_score_file(path: str | Path) -> ScoreFile:
    """Read a score file of this or any other program. Further columns are ignored.

    Args:
        path: A CSV with the columns ``file, video, subject, domain, attack_type, label, score`` in any order.

    Returns:
        The frames, and the provenance if it is the same in all rows.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is not UTF-8 or no CSV, lacks a column or rows, has an invalid cell, or only one class. The message
            names file and line.
    """
    data = read_bytes(path)
    found = read_regular(data, (*PROVENANCE, THRESHOLD)) if len(data) >= LARGE else None
    table, cells = found or _read_strictly(data, path)
    if cells is None:
        return ScoreFile(table, None)
    rule = current_name(cells.pop(THRESHOLD, ""))
    return ScoreFile(table, _provenance(cells, path), rule)


def _read_strictly(data: bytes, path: str | Path) -> tuple[ScoreTable, dict[str, str] | None]:
    """Read row by row, so that errors name the line.

    Returns:
        The frames, and the values of the columns of provenance and threshold, if they are equal in all rows.
    """
    lines: list[int] = []
    rows = []
    origins: set[tuple[str, ...]] = set()
    # strict: otherwise, an open quote would include the rows after it.
    reader = csv.reader(io.StringIO(decode_utf8(data, path), newline=""), strict=True)
    try:
        header = next(reader, [])
        places = _places(header, path)
        known = {place: name for place, name in enumerate(header) if name in PROVENANCE or name == THRESHOLD}
        for cells in filter(None, reader):  # an empty line has no cells
            lines.append(reader.line_num)
            rows.append(_row(cells, len(header), places, len(rows)))
            origins.add(tuple(cells[place] for place in known))
        if not rows:
            raise ValueError(f"'{path}' has no rows below its header: there are no scores to evaluate.")
        table = ScoreTable.from_frames(rows)
    except csv.Error as error:
        raise ValueError(f"'{path}', line {reader.line_num}: this is no CSV: {error}.") from error
    except RowError as error:
        raise ValueError(f"'{path}', line {lines[error.row]}: {error}") from error
    if len(set(table.label.tolist())) == 1:
        only = "real" if table.label[0] else "spoof"
        raise ValueError(f"'{path}', lines {lines[0]} to {lines[-1]}: only one class is present, all {len(table)} are {only}.")
    # If rows come from several trainings, the provenance is unknown.
    if len(origins) > 1:
        return table, None
    return table, {name: unquote_cell(cell) for name, cell in zip(known.values(), *origins, strict=True) if cell}


def _provenance(cells: Mapping[str, str], path: str | Path) -> Provenance | None:
    known = {PROVENANCE[name]: cell for name, cell in cells.items()}
    if not known:
        return None
    try:
        return Provenance(**{name: NUMBERS.get(name, str)(cell) for name, cell in known.items()})
    except ValueError as error:
        raise ValueError(f"'{path}', columns {PREFIX}...: {error}") from error


def _places(header: list[str], path: str | Path) -> list[int]:
    """Return the position of each required column."""
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise ValueError(
            f"'{path}', line 1: the column {', '.join(missing)} is missing. The first line must name {', '.join(COLUMNS)}, "
            f"separated by commas; it names {', '.join(header) or 'nothing'}."
        )
    double = [name for name in COLUMNS if header.count(name) > 1]
    if double:
        raise ValueError(f"'{path}', line 1: the column {', '.join(double)} is there twice.")
    return [header.index(name) for name in COLUMNS]


def _row(cells: list[str], width: int, places: list[int], row: int) -> tuple[str, str, str, str, str, int, float]:
    if len(cells) != width:
        raise RowError(row, f"{len(cells)} cells, but the first line names {width} columns.")
    *texts, label, score = (cells[place] for place in places)
    if label not in ("0", "1"):
        raise RowError(row, f"the label is '{label}': expected 0 (spoof) or 1 (real).")
    try:
        # NaN has a separate message: the model diverged.
        value = math.nan if score.lower() == "nan" else plain_float(score)
    except ValueError:
        raise RowError(row, f"the score is '{score}': expected a number in 0..1.") from None
    return *map(unquote_cell, texts), int(label), value
