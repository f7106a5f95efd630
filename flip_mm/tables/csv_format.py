# SPDX-License-Identifier: Apache-2.0
"""Tables as CSV for other programs: one line per value and seed, with all digits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flip_mm.utils.csv_cells import csv_text

from .cell import Cell
from .entries import Entry
from .paper_table import PaperTable

# A line of an average has this in place of a run.
AVERAGE = "average"
COLUMNS = (
    *("form", "kind", "method", "protocol", "run", "metric", "seed", "value", "low", "high", "remark"),
    *("selection", "selection_metric", "selection_oracle", "threshold", "threshold_oracle", "level", "role"),
    *("setting", "shots", "holdout", "data", "settings_sha256", "flip_mm", "source"),
)


def as_csv(tables: Sequence[PaperTable]) -> str:
    """Return all values: one line per row, run, metric and seed, and one without a value for what is missing."""
    lines = [
        [line.get(name, "") for name in COLUMNS]
        for table in tables
        for entry in (*table.entries, *table.others)
        for line in _lines(entry, table)
    ]
    return csv_text([COLUMNS, *lines]).rstrip("\n")


def _lines(entry: Entry, table: PaperTable) -> Iterator[dict[str, Any]]:
    shared = _shared(entry, table)
    cells = dict(entry.cells) | {(AVERAGE, metric): cell for metric, cell in entry.averages.items()}
    results = {result.provenance.seed: result for result in entry.results}
    for (run, metric), cell in cells.items():
        for seed, value, low, high in _values(cell):
            version = results[seed].version if seed in results else ""
            line = dict(run=run, metric=metric, seed="" if seed is None else seed, value=value, low=low, high=high)
            yield shared | line | dict(remark="; ".join(cell.remarks), flip_mm=version)


def _values(cell: Cell) -> list[tuple]:
    if not cell.values:
        return [(None, "", "", "")]
    return [(seed, value, *cell.intervals.get(seed, ("", ""))) for seed, value in cell.values.items()]


def _shared(entry: Entry, table: PaperTable) -> dict[str, Any]:
    row, key, rules = entry.published, entry.key, table.rules
    if row:
        own = dict(kind="published", method=row.method, protocol=row.protocol, shots=row.shots, source=row.source)
    else:
        sha256 = entry.results[0].config if entry.results else ""
        own = dict(kind="ours", method=key.method, protocol=key.protocol, shots=key.shots, holdout=key.holdout)
        own |= dict(data=key.data, settings_sha256=sha256)
    if row and row.other:
        # The rules of methods of other papers are not known.
        return dict(form=table.form.name, setting=entry.setting, level=rules.level, role=rules.role) | own
    chosen = dict(selection=rules.selection, selection_metric=rules.metric, selection_oracle=int(rules.is_oracle))
    chosen |= dict(threshold=rules.threshold, threshold_oracle=int(rules.threshold_oracle), level=rules.level, role=rules.role)
    return dict(form=table.form.name, setting=entry.setting) | own | chosen
