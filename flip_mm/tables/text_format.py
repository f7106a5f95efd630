# SPDX-License-Identifier: Apache-2.0
"""Tables for a terminal, and in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from .cell import PLUS_MINUS
from .document import INTERVAL, SECTION, Document

# Width of a column that names the row; longer texts are wrapped.
LABEL_WIDTH = 26
GAP = "  "


def as_terminal(document: Document, width: int = 120) -> str:
    """Return a table as aligned columns.

    A table that is wider than the terminal is split between groups of columns; each part repeats the columns that name the row.

    Args:
        document: The table.
        width: Columns of the terminal.
    """
    labels = list(range(document.labels))
    numbers = range(document.labels, len(document.columns))
    groups = [list(found) for _, found in groupby(numbers, key=lambda number: document.columns[number].group)]
    cells = [_cells(document, row) for row in range(-1, len(document.rows))]
    widths = [max(len(line) for row in cells for line in row[number]) for number in range(len(document.columns))]
    own = sum(widths[number] + len(GAP) for number in labels)
    parts: list[list[int]] = []
    room = 0
    for group in groups:
        need = max(sum(widths[number] + len(GAP) for number in group), len(document.columns[group[0]].group) + len(GAP))
        if not parts or need > room:
            parts.append([])
            room = width - own
        parts[-1] += group
        room -= need
    bodies = ["\n".join(_part(document, cells, labels + part, widths)) for part in parts or [[]]]
    head = _ascii("\n".join([document.title, *document.header]))
    return "\n\n".join([head, *bodies, _ascii("\n".join(document.below()))])


def as_markdown(document: Document) -> str:
    """Return a table in Markdown."""
    names = [" ".join(filter(None, (column.group, column.name))) for column in document.columns]
    rows = [[cell.plain() for cell in row.cells] + [""] * (len(names) - len(row.cells)) for row in document.rows]
    lines = [f"| {' | '.join(map(_escape, row))} |" for row in (names, *rows)]
    align = ["---"] * document.labels + ["---:"] * (len(names) - document.labels)
    lines.insert(1, f"| {' | '.join(align)} |")
    above = [f"**{_escape(document.title)}**", *map(_escape, document.header)]
    return "\n\n".join([*above, "\n".join(lines), *map(_escape, document.below())])


def _cells(document: Document, row: int) -> list[list[str]]:
    """Lines of each cell of a row; -1 is the row of column names."""
    if row < 0:
        return [[column.name] for column in document.columns]
    found = [_ascii(cell.plain()) for cell in document.rows[row].cells]
    if document.rows[row].kind == SECTION:
        return [[""]] * len(document.columns)
    return [
        (wrap(text, LABEL_WIDTH, break_on_hyphens=False, break_long_words=False) or [""])
        if number < document.labels
        else [text]
        for number, text in enumerate(found)
    ]


def _part(
    document: Document, cells: Sequence[Sequence[Sequence[str]]], columns: Sequence[int], widths: Sequence[int]
) -> Iterator[str]:
    widths = list(widths)
    over = []
    for group, found in groupby(columns, key=lambda number: document.columns[number].group):
        found = list(found)
        wide = sum(widths[number] for number in found) + len(GAP) * (len(found) - 1)
        if len(group) > wide:
            widths[found[-1]] += len(group) - wide
            wide = len(group)
        over.append(f"{group:<{wide}}")
    if any(document.columns[column].group for column in columns):
        yield GAP.join(over).rstrip()
    for number, row in enumerate(cells, -1):
        if number >= 0 and document.rows[number].kind == SECTION:
            yield _ascii(document.rows[number].cells[0].plain())
            continue
        if number >= 0 and document.rows[number].kind == INTERVAL and not any(row[column][0] for column in columns[1:]):
            continue
        for line in range(max(len(row[column]) for column in columns)):
            texts = [row[column][line] if line < len(row[column]) else "" for column in columns]
            yield GAP.join(f"{text:<{widths[column]}}" for text, column in zip(texts, columns, strict=True)).rstrip()
        if number == -1:
            yield GAP.join("-" * widths[column] for column in columns)


def _ascii(text: str) -> str:
    return text.replace(PLUS_MINUS, "+-")


def _escape(text: str) -> str:
    """Escape everything that Markdown or HTML in it would interpret."""
    return re.sub(r"([\\`*_\[\]<>|~#&])", r"\\\1", _ascii(text))
