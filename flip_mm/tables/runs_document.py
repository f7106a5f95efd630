# SPDX-License-Identifier: Apache-2.0
"""The table of all methods and runs."""

from __future__ import annotations

from collections.abc import Sequence

from flip_mm.evaluation.results_table import TableRow, footnotes, lines

from .data_kind import HEADERS, data_kind
from .document import OURS, Column, Document, Row, Text
from .rules import Rules

# The lines above the table say how checkpoints and thresholds were chosen.
IN_HEADER = ("checkpoint", "threshold")
# What all rows share is above the table, too.
SHARED = ("protocol", "notes")


def runs_document(rules: Rules, rows: Sequence[TableRow]) -> Document:
    """Return the rows as a table; what all of them share is above it.

    Args:
        rules: The rules of all rows.
        rows: See :func:`~flip_mm.evaluation.results_table.make_rows`.
    """
    head, *body = lines(rows)
    columns = dict(zip(head, zip(*body, strict=True), strict=True))
    shared = {name: columns[name][0] for name in SHARED if len(set(columns[name])) == 1}
    kept = [number for number, name in enumerate(head) if name not in shared and name not in IN_HEADER]
    header = rules.header()
    kinds = {data_kind(row.first.is_synthetic, row.first.data) for row in rows}
    header += [HEADERS[kind] for kind in kinds if kind and len(kinds) == 1]
    if facts := [f"protocol {value}" if name == "protocol" else value for name, value in shared.items() if value]:
        header.append(f"All rows: {'; '.join(facts)}.")
    own = tuple(Row(OURS, tuple(Text(line[number]) for number in kept)) for line in body)
    names = tuple(Column(head[number]) for number in kept)
    # The header names the oracles.
    notes = tuple(footnotes(rows, with_oracle=False))
    return Document("Results of all methods and runs", tuple(header), names, own, notes=notes)
