# SPDX-License-Identifier: Apache-2.0
"""The table of all methods and runs, for formats that ``evaluation.results_table`` does not write."""

from __future__ import annotations

from collections.abc import Sequence

from flip_mm.evaluation.results_table import TableRow, footnotes, lines

from .document import OURS, Column, Document, Row, Text
from .rules import Rules


def runs_document(rules: Rules, rows: Sequence[TableRow]) -> Document:
    """Return the rows as a table without groups of columns.

    Args:
        rules: The rules of all rows.
        rows: See :func:`~flip_mm.evaluation.results_table.make_rows`.
    """
    head, *body = lines(rows)
    own = tuple(Row(OURS, tuple(map(Text, line))) for line in body)
    return Document(
        "Results of all methods and runs", tuple(rules.header()), tuple(map(Column, head)), own, notes=tuple(footnotes(rows))
    )
