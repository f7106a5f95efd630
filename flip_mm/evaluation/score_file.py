# SPDX-License-Identifier: Apache-2.0
"""Score files: one CSV row per frame, from which every figure can be had again without a model."""

from __future__ import annotations

import csv
import io
import math
from itertools import chain
from pathlib import Path

from flip_mm.utils.csv_cells import csv_text, unquote_cell
from flip_mm.utils.files import read_utf8, write_text
from flip_mm.utils.plain_numbers import plain_float

from .score_table import COLUMNS, RowError, ScoreTable


def write_scores(frames: ScoreTable, path: str | Path) -> None:
    """Write a score file.

    UTF-8, comma-separated, the first row names the columns; scores with all digits of float64. Text cells that begin with
    ``= + - @``, tab, carriage return or NUL get a leading ``'``, which :func:`read_scores` takes off again.

    Args:
        frames: What to write.
        path: Written beside and renamed: a crash leaves no half file.
    """
    write_text(path, csv_text(chain([COLUMNS], frames.rows())))


def read_scores(path: str | Path) -> ScoreTable:
    """Read a score file of this or any other program that has the columns; further columns are left alone.

    Args:
        path: A CSV with the columns ``file, video, subject, domain, attack_type, label, score`` in any order.

    Returns:
        Its frames.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is not UTF-8, no CSV, lacks a column, has no rows, a cell is wrong, or a class is absent; the message
            names file and line.
    """
    lines: list[int] = []
    rows = []
    # strict: a quote left open would otherwise swallow the rows after it.
    reader = csv.reader(io.StringIO(read_utf8(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        places = _places(header, path)
        for cells in filter(None, reader):  # an empty line has no cells
            lines.append(reader.line_num)
            rows.append(_row(cells, len(header), places, len(rows)))
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
    return table


def _places(header: list[str], path: str | Path) -> list[int]:
    """Where each of our columns stands."""
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise ValueError(
            f"'{path}', line 1: the column {', '.join(missing)} is missing. The first line must name {', '.join(COLUMNS)}, "
            f"separated by commas; it names {', '.join(header) or 'nothing'}."
        )
    double = [name for name in COLUMNS if header.count(name) > 1]
    if double:
        raise ValueError(f"'{path}', line 1: the column {', '.join(double)} comes twice.")
    return [header.index(name) for name in COLUMNS]


def _row(cells: list[str], width: int, places: list[int], row: int) -> tuple[str, str, str, str, str, int, float]:
    if len(cells) != width:
        raise RowError(row, f"{len(cells)} cells where the first line names {width} columns.")
    *texts, label, score = (cells[place] for place in places)
    if label not in ("0", "1"):
        raise RowError(row, f"the label is '{label}': expected 0 (spoof) or 1 (real).")
    try:
        # What a diverged model leaves has an explanation of its own.
        value = math.nan if score.lower() == "nan" else plain_float(score)
    except ValueError:
        raise RowError(row, f"the score is '{score}': expected a number in 0..1.") from None
    return *map(unquote_cell, texts), int(label), value
