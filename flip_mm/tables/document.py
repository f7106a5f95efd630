# SPDX-License-Identifier: Apache-2.0
"""A table as text: what every format shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flip_mm.utils.text import safe_line

# Kinds of rows.
OURS, INTERVAL, PUBLISHED, SECTION = "ours", "interval", "published", "section"


@dataclass(frozen=True)
class Text:
    """The text of a cell, and the numbers of its footnotes."""

    text: str = ""
    marks: tuple[int, ...] = ()

    def plain(self) -> str:
        """Return it with its footnotes as ``[1,2]``."""
        return " ".join(filter(None, (self.text, f"[{','.join(map(str, self.marks))}]" if self.marks else "")))


@dataclass(frozen=True)
class Column:
    """Name of a column, and of the group of columns above it; ``''`` for none."""

    name: str
    group: str = ""


@dataclass(frozen=True)
class Row:
    """Cells of a row. A section has only one."""

    kind: str
    cells: tuple[Text, ...]


@dataclass(frozen=True)
class Document:
    """A table.

    Attributes:
        title: First line.
        header: Lines above the table: the rules of all values.
        columns: The columns. Those without a group come first: they name the row.
        rows: The rows.
        footnotes: Number 1, 2, ... of :class:`Text`.
        notes: Lines below the table.
    """

    title: str
    header: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> int:
        """Number of the first columns that name the row."""
        return next((number for number, column in enumerate(self.columns) if column.group), len(self.columns))

    def below(self) -> list[str]:
        """Return footnotes and notes."""
        return [*(f"[{number}] {text}" for number, text in enumerate(self.footnotes, 1)), *self.notes]


class Footnotes:
    """Numbers footnotes in the order of their first use; equal texts have one number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def text(self, text: str, remarks: Iterable[str] = ()) -> Text:
        """Return a text with the numbers of its remarks."""
        marks = {self.numbers.setdefault(safe_line(remark), len(self.numbers) + 1) for remark in remarks}
        return Text(safe_line(text), tuple(sorted(marks)))
