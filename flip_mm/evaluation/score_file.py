# SPDX-License-Identifier: Apache-2.0
"""Score files: CSV with one row per frame, to compute all metrics without a model."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from flip_mm.utils.csv_cells import csv_text, unquote_cell
from flip_mm.utils.files import read_utf8, write_text
from flip_mm.utils.plain_numbers import plain_float, plain_int

from .provenance import Provenance
from .score_table import COLUMNS, RowError, ScoreTable

# The fields of Provenance as columns. The prefix avoids conflicts with columns of other programs.
PREFIX = "provenance_"
NUMBERS = ("seed", "iteration", "shots")
PROVENANCE = {PREFIX + field.name: field.name for field in fields(Provenance)}


class ScoreFile(NamedTuple):
    """The content of a score file; the provenance is None if unknown."""

    frames: ScoreTable
    provenance: Provenance | None


def write_scores(frames: ScoreTable, path: str | Path, provenance: Provenance | None = None) -> None:
    """Write a score file.

    UTF-8, comma-separated, with the names of the columns in the first row and all digits of the float64 scores. Text cells that
    begin with ``= + - @``, tab, carriage return or NUL get a leading ``'``, which :func:`read_scores` removes.

    Args:
        frames: The scores.
        path: The file. It is written under another name and renamed, so a crash leaves no incomplete file.
        provenance: The training and the checkpoint that the scores come from. Known values are written into every row, in
            columns that begin with ``provenance_``.
    """
    known = {name: getattr(provenance, field) for name, field in PROVENANCE.items() if provenance}
    more = {name: value for name, value in known.items() if value not in ("", None)}
    write_text(path, csv_text([(*COLUMNS, *more), *((*row, *more.values()) for row in frames.rows())]))


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
    lines: list[int] = []
    rows = []
    origins: set[tuple[str, ...]] = set()
    # strict: otherwise, an open quote would include the rows after it.
    reader = csv.reader(io.StringIO(read_utf8(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        places = _places(header, path)
        known = {PROVENANCE[name]: place for place, name in enumerate(header) if name in PROVENANCE}
        for cells in filter(None, reader):  # an empty line has no cells
            lines.append(reader.line_num)
            rows.append(_row(cells, len(header), places, len(rows)))
            origins.add(tuple(cells[place] for place in known.values()))
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
    return ScoreFile(table, _provenance(known, *origins, path) if len(origins) == 1 else None)


def _provenance(names: Iterable[str], cells: tuple[str, ...], path: str | Path) -> Provenance | None:
    known = {name: unquote_cell(cell) for name, cell in zip(names, cells, strict=True) if cell}
    if not known:
        return None
    try:
        return Provenance(**{name: plain_int(cell) if name in NUMBERS else cell for name, cell in known.items()})
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
