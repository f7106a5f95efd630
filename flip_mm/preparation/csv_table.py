# SPDX-License-Identifier: Apache-2.0
"""Read the CSV file that describes a user's data set."""

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
    """All errors in a CSV file; the message has up to 20.

    Attributes:
        problems: (line number, error); line 0 is the file as a whole.
    """

    def __init__(self, path: Path, problems: list[tuple[int, str]]) -> None:
        self.problems = sorted(problems)
        lines = [f"'{path}'{f', line {line}' if line else ''}: {text}" for line, text in self.problems]
        super().__init__(first_few(lines, LISTED, "\n"))


def scan_csv(csv_path: Path, domain: str | None = None, root: Path | None = None) -> Scan:
    """Read the CSV file of a user's data set.

    The first line names the columns, in any order and case: ``path`` and ``label``, and optionally ``subject``,
    ``attack_type``, ``split``, ``domain``, ``video``; others are not used. Separators are commas, semicolons or tabs; the text
    is UTF-8. A recording becomes ``<stem>/{train,test}/{real,fake}/<subject>/<attack type>/<video>``. The stem is the domain
    in lower case, an empty subject or attack type is ``-``, and the video is the file's name unless there is a column
    ``video``. Without a split all recordings are in ``train``.

    Args:
        csv_path: The file.
        domain: Name of the data set, if there is no column ``domain``.
        root: Folder of the paths; by default the folder of the CSV file. All files must be inside it.

    Returns:
        Recordings in the order of the file, ``source`` relative to ``root``; ``problems`` is empty.

    Raises:
        OSError: The file cannot be read.
        CsvError: Lines are wrong, or files are missing or outside ``root``; the message has all errors.
        ValueError: The file is not UTF-8.
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
    """Yield (line number, column -> cell); skip empty lines and report lines with a wrong number of cells."""
    text = read_utf8(path)
    header, separator = _header(path, text)
    unused += [name for name in header if name not in REQUIRED + OPTIONAL]
    # strict: otherwise a quote that is not closed hides the rows after it.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        next(reader)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                problems.append((reader.line_num, f"{len(cells)} cells, but the first line names {len(header)} columns."))
                continue
            yield reader.line_num, {k: unquote_cell(v).strip() for k, v in zip(header, cells, strict=True)}
    except csv.Error as error:
        problems.append((reader.line_num, f"this is not CSV: {error}."))


def _header(path: Path, text: str) -> tuple[list[str], str]:
    """Names of the columns, and the separator."""
    first = text.split("\n", 1)[0]
    for separator in SEPARATORS:
        cells = next(csv.reader([first], delimiter=separator), [])
        names = ["_".join(cell.lower().replace("-", " ").replace("_", " ").split()) for cell in cells]
        if all(name in names for name in REQUIRED):
            double = [name for name in REQUIRED + OPTIONAL if names.count(name) > 1]
            if double:
                raise CsvError(path, [(1, f"the column {', '.join(double)} is named twice.")])
            return names, separator
    reason = (
        f"the first line must name the columns path and label, and may name {', '.join(OPTIONAL)}, separated by commas, "
        f"semicolons or tabs; it is {first[:80]!r}."
    )
    raise CsvError(path, [(1, reason)])


def _conflicts(rows: list[TableRow]) -> Iterator[tuple[int, str]]:
    """Yield contradictions between lines."""
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
                    f"the {column} '{row.cells[column]}' and '{cell}' of line {line} would be one folder, '{part}': use the "
                    "same spelling if they are the same, and clearly different names otherwise.",
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
                f"'{recording.stem}': add a column video with different names.",
            )


def _incomplete(rows: list[TableRow]) -> Iterator[tuple[int, str]]:
    """Yield what is missing or inconsistent in a data set as a whole."""
    domains = defaultdict(list)
    for row in rows:
        domains[row.recording.domain].append(row)
    if not rows:
        yield 0, "there are no lines after the first one."
    for domain, domain_rows in domains.items():
        if kinds := {row.recording.selection for row in domain_rows} - {domain_rows[0].recording.selection}:
            other = next(row for row in domain_rows if row.recording.selection in kinds)
            yield (
                other.line,
                f"'{other.recording.source}' is {_article(other)}, but line {domain_rows[0].line} of domain {domain} is "
                f"{_article(domain_rows[0])}: a domain must have one kind. Extract an image of each video, or use two domains.",
            )
        unsplit = [row for row in domain_rows if not row.recording.split]
        if len(unsplit) < len(domain_rows):
            for row in unsplit:
                yield row.line, f"the split is empty, but other lines of domain {domain} have one."
        for split in dict.fromkeys(row.recording.split for row in domain_rows):
            if len(classes := {row.real for row in domain_rows if row.recording.split == split}) == 1:
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
            f"{unknown} of {len(rows)} recordings have no subject: it cannot be checked whether a person is in both training "
            "and test, and --holdout selects videos instead of subjects."
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
