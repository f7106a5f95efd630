# SPDX-License-Identifier: Apache-2.0
"""A data set of your own, described by a CSV file -> recordings."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from flip_mm.datasets.archive import Scan
from flip_mm.datasets.registration import UNKNOWN
from flip_mm.utils.csv_cells import unquote_cell
from flip_mm.utils.files import read_utf8
from flip_mm.utils.text import first_few

from .csv_row import OPTIONAL, REQUIRED, TableRow, read_row

SEPARATORS = (",", ";", "\t")
LISTED = 20


class CsvError(ValueError):
    """What is wrong with a CSV file: every line of it, up to 20 in the message.

    Attributes:
        problems: Line, 0 for the file as a whole, and what is wrong with it.
    """

    def __init__(self, path: Path, problems: list[tuple[int, str]]) -> None:
        self.problems = sorted(problems)
        lines = [f"'{path}'{f', line {line}' if line else ''}: {text}" for line, text in self.problems[:LISTED]]
        more = [f"... and {len(problems) - LISTED} more."] if len(problems) > LISTED else []
        super().__init__("\n".join([*lines, *more]))


def scan_csv(csv_path: Path, domain: str | None = None, root: Path | None = None) -> Scan:
    """Read the CSV file of a data set of your own.

    The first line names the columns, in any order and case: ``path`` and ``label``, and if wanted ``subject``,
    ``attack_type``, ``split``, ``domain``, ``video``; others are not used. Separated by commas, semicolons or tabs; UTF-8.
    A recording becomes ``<stem>/{train,test}/{real,fake}/<subject>/<attack type>/<video>``, where the stem is the domain in
    lower case, an empty subject or attack type is ``-``, and the video is the file's name unless the column ``video`` says
    otherwise. Without a split all recordings are in ``train``.

    Args:
        csv_path: The file.
        domain: Name of the data set where no column ``domain`` gives it.
        root: Folder that the paths start from and stay in; the CSV file's by default. Absolute paths must lie in it.

    Returns:
        Recordings in the order of the file, ``source`` relative to ``root``; ``problems`` is empty.

    Raises:
        OSError: The file cannot be read.
        CsvError: Anything in it is wrong, or a file that it names is missing or lies outside ``root``; all of it at once.
        ValueError: It is not UTF-8.
    """
    root = Path(csv_path).parent if root is None else Path(root)
    problems: list[tuple[int, str]] = []
    rows: list[TableRow] = []
    unused: list[str] = []
    for line, cells in _read(Path(csv_path), unused, problems):
        try:
            rows.append(read_row(line, cells, domain, root))
        except ValueError as error:
            problems.append((line, str(error)))
    problems += _conflicts(rows)
    if not problems:
        problems += _incomplete(rows)
    if problems:
        raise CsvError(Path(csv_path), problems)
    return Scan([row.recording for row in rows], notes=_notes(rows, unused))


def _read(path: Path, unused: list[str], problems: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, str]]]:
    """Lines that have as many cells as the first one, empty ones left out: number, column -> cell."""
    text = read_utf8(path)
    header, separator = _header(path, text)
    unused += [name for name in header if name not in REQUIRED + OPTIONAL]
    # strict: a quote left open would otherwise swallow the rows after it.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        next(reader)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                problems.append((reader.line_num, f"{len(cells)} cells where the first line names {len(header)} columns."))
                continue
            yield reader.line_num, {k: unquote_cell(v).strip() for k, v in zip(header, cells, strict=True)}
    except csv.Error as error:
        problems.append((reader.line_num, f"this is no CSV: {error}."))


def _header(path: Path, text: str) -> tuple[list[str], str]:
    """Names of the columns, and the separator with which the required ones are among them."""
    first = text.split("\n", 1)[0]
    for separator in SEPARATORS:
        cells = next(csv.reader([first], delimiter=separator), [])
        names = ["_".join(cell.lower().replace("-", " ").replace("_", " ").split()) for cell in cells]
        if all(name in names for name in REQUIRED):
            double = [name for name in REQUIRED + OPTIONAL if names.count(name) > 1]
            if double:
                raise CsvError(path, [(1, f"the column {', '.join(double)} comes twice.")])
            return names, separator
    reason = (
        f"the first line must name the columns path and label, and may name {', '.join(OPTIONAL)}, separated by commas, "
        f"semicolons or tabs; it is {first[:80]!r}."
    )
    raise CsvError(path, [(1, reason)])


def _conflicts(rows: list[TableRow]) -> Iterator[tuple[int, str]]:
    """What lines contradict each other in."""
    files: dict[Path, TableRow] = {}
    outputs: dict[str, TableRow] = {}
    parts: dict[tuple[str, str, str], tuple[str, int]] = {}
    stems: dict[str, tuple[str, int]] = {}
    for row in rows:
        recording = row.recording
        stem, *_, subject, attack, _video = recording.stem.split("/")
        other, line = stems.setdefault(stem, (recording.domain, row.line))
        if other != recording.domain:
            yield row.line, f"the domain '{recording.domain}' and '{other}' of line {line} would be one folder, '{stem}'."
        for column, part in (("subject", subject), ("attack_type", attack)):
            cell, line = parts.setdefault((stem, column, part.casefold()), (row.cells[column], row.line))
            if cell != row.cells[column]:
                yield (
                    row.line,
                    f"the {column} '{row.cells[column]}' and '{cell}' of line {line} would be one folder, '{part}': write them "
                    "alike if they are one, and more different if they are two.",
                )
        first = files.setdefault(row.file, row)
        if first is not row:
            same = "with the other label" if first.real != row.real else "already"
            yield row.line, f"'{recording.source}' is listed in line {first.line} {same}."
            continue
        first = outputs.setdefault(recording.stem.casefold(), row)
        if first is not row:
            yield (
                row.line,
                f"'{recording.source}' and '{first.recording.source}' of line {first.line} would both become "
                f"'{recording.stem}': tell them apart in a column video.",
            )


def _incomplete(rows: list[TableRow]) -> Iterator[tuple[int, str]]:
    """What a data set as a whole lacks."""
    domains = defaultdict(list)
    for row in rows:
        domains[row.recording.domain].append(row)
    if not rows:
        yield 0, "there are no lines below the first one."
    for domain, own in domains.items():
        if kinds := {row.recording.selection for row in own} - {own[0].recording.selection}:
            other = next(row for row in own if row.recording.selection in kinds)
            yield (
                other.line,
                f"'{other.recording.source}' is {_article(other)}, line {own[0].line} of domain {domain} {_article(own[0])}: a "
                "domain has one kind. Extract an image of each video, or give them different domains.",
            )
        unsplit = [row for row in own if not row.recording.split]
        if len(unsplit) < len(own):
            for row in unsplit:
                yield row.line, f"the split is empty, while other lines of domain {domain} have one."
        for split in dict.fromkeys(row.recording.split for row in own):
            if len(classes := {row.real for row in own if row.recording.split == split}) == 1:
                where = f"{split} of domain {domain}" if split else f"domain {domain}"
                yield 0, f"{where} has no {'spoof' if classes == {True} else 'real'} recordings; both classes are needed."


def _article(row: TableRow) -> str:
    return "an image" if row.recording.selection == "single" else "a video"


def _notes(rows: list[TableRow], unused: list[str]) -> list[str]:
    notes = []
    if unused:
        notes.append(f"These columns are not used: {', '.join(unused)}.")
    unknown = sum(row.cells["subject"] == UNKNOWN for row in rows)
    if unknown:
        notes.append(
            f"{unknown} of {len(rows)} recordings have no subject: whether people are both in training and test cannot be "
            "checked, and --holdout keeps single videos of theirs."
        )
    changed = {
        cell: part
        for row in rows
        for cell, part in zip(row.cells.values(), row.recording.stem.split("/")[-3:], strict=True)
        if cell != part
    }
    if changed:
        examples = first_few([f"'{cell}' -> '{part}'" for cell, part in changed.items()], 3)
        notes.append(f"{len(changed)} names were changed to be safe in paths: {examples}.")
    return notes
