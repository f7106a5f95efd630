# SPDX-License-Identifier: Apache-2.0
"""Arrange the numbers of a table in rows and columns of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from flip_mm.utils.text import first_few

from .cell import PLUS_MINUS, Cell
from .data_kind import HEADERS
from .document import INTERVAL, OURS, PUBLISHED, SECTION, Column, Document, Footnotes, Row, Text
from .entries import Entry
from .forms import MANY
from .paper_table import PaperTable
from .published_rows import published_rows
from .trainings import NO_RECORD

ISO_GROUP, OTHER_GROUP = "ISO/IEC 30107-3", "calibration, abstention and other metrics"
INTERVAL_LABEL = "95 % interval (videos)"


def document_of(table: PaperTable) -> Document:
    """Return a table as text."""
    notes = Footnotes()
    shared = shared_facts(table)
    rows = [row for entry in table.entries for row in _rows(entry, table, notes, shared)]
    if table.others:
        others = [entry.published for entry in table.others]
        quoted = f"as printed in {others[0].source}"
        if any(row.other for row in others):
            quoted += "; other methods: as quoted there from their papers, their rules are not known"
        rows.append(Row(SECTION, (notes.text("Other published rows", [quoted]),)))
        rows += [row for entry in table.others for row in _rows(entry, table, notes, shared)]
    header = list(table.rules.header())
    if not table.rules.is_published and not table.data and any(row.form == table.form.name for row in published_rows()):
        header.append("Published values are not shown: they were chosen by target-oracle with the threshold paper, by video.")
    if table.data:
        header.append(HEADERS[table.data])
    if facts := [fact for fact in shared if fact != table.data]:
        header.append(f"All own rows: {'; '.join(facts)}.")
    names, rows = _without_empty_settings(list(_columns(table)), rows)
    return Document(
        f"{table.form.title}{f', {table.data}' if table.data else ''}",
        tuple(header),
        tuple(names),
        tuple(rows),
        tuple(notes.numbers),
        tuple(_notes(table, rows)),
    )


def shared_facts(table: PaperTable) -> list[str]:
    """Return the parts of the setting that all own rows have; the shots only if published rows have them, too."""
    entries = [*table.entries, *table.others]
    own = [_facts(entry) for entry in entries if not entry.published]
    everywhere = [_facts(entry) for entry in entries if entry.published]
    return [
        fact
        for fact in (own[0] if own else [])
        if all(fact in facts for facts in own) and ("-shot" not in fact or all(fact in facts for facts in everywhere))
    ]


def _facts(entry: Entry) -> list[str]:
    return entry.setting.split("; ")


def _without_empty_settings(columns: list[Column], rows: list[Row]) -> tuple[list[Column], list[Row]]:
    """Leave the column of the settings out if no row has one of its own."""
    if any(row.cells[1].text for row in rows if row.kind != SECTION):
        return columns, rows
    return [columns[0], *columns[2:]], [replace(row, cells=(row.cells[0], *row.cells[2:])) for row in rows]


def _columns(table: PaperTable) -> Iterator[Column]:
    labels = ["method", "setting", "seeds"] if table.form.has_run_columns else ["method", "setting", "run", "seeds"]
    yield from map(Column, labels)
    form = table.form
    if not form.has_run_columns:
        yield from (
            Column(metric, ISO_GROUP if "PCER" in metric or metric == "ACER" else OTHER_GROUP) for metric in form.metrics
        )
        return
    yield from (Column(metric, run) for run in table.columns for metric in form.metrics)
    yield from (Column(metric, "average") for metric in form.average)
    if form.name == MANY:
        yield Column("sets", "average")


def _rows(entry: Entry, table: PaperTable, notes: Footnotes, shared: Sequence[str]) -> Iterator[Row]:
    form, kind = table.form, PUBLISHED if entry.published else OURS
    name = notes.text(entry.method, entry.remarks)
    setting = notes.text("; ".join(fact for fact in _facts(entry) if fact not in shared))
    if form.has_run_columns:
        cells = [entry.cells[run, metric] for run in table.columns for metric in form.metrics]
        cells += [entry.averages[metric] for metric in form.average]
        yield from _pair(kind, [name, setting, Text(_seeds(entry.seeds))], cells, notes, _sets(entry, table))
        return
    for run in table.columns:
        cells = [entry.cells[run, metric] for metric in form.metrics]
        if any(cell.values for cell in cells) or (NO_RECORD,) not in {cell.remarks for cell in cells}:
            seeds = tuple(dict.fromkeys(seed for cell in cells for seed in cell.values))
            yield from _pair(kind, [name, setting, notes.text(run), Text(_seeds(seeds))], cells, notes)


def _pair(
    kind: str, labels: Sequence[Text], cells: Sequence[Cell], notes: Footnotes, more: Sequence[Text] = ()
) -> Iterator[Row]:
    """Yield the row of the means and, if there are any, that of the intervals."""
    yield Row(kind, (*labels, *(notes.text(cell.text(), cell.remarks) for cell in cells), *more))
    if any(cell.interval for cell in cells):
        blank = (Text(),) * (len(labels) - 1)
        texts = tuple(Text(cell.interval_text()) for cell in cells)
        yield Row(INTERVAL, (Text(INTERVAL_LABEL), *blank, *texts, *(Text() for _ in more)))


def _sets(entry: Entry, table: PaperTable) -> list[Text]:
    if table.form.name != MANY:
        return []
    return [Text(str(sum(bool(entry.cells[run, table.form.metrics[0]].values) for run in table.columns)))]


def _seeds(seeds: Sequence[int | None]) -> str:
    """Return the number of seeds, and which.

    Example:
        >>> _seeds((0, 1, 2)), _seeds((0, 3)), _seeds((None,)), _seeds(())
        ('3 (0-2)', '2 (0, 3)', '1 (unknown)', '')
    """
    if not seeds:
        return ""
    known = [seed for seed in seeds if seed is not None]
    if len(known) > 2 and known == list(range(known[0], known[-1] + 1)):
        return f"{len(seeds)} ({known[0]}-{known[-1]})"
    return f"{len(seeds)} ({', '.join('unknown' if seed is None else str(seed) for seed in seeds)})"


def _notes(table: PaperTable, rows: Sequence[Row]) -> Iterator[str]:
    text = f"Percent; mean {PLUS_MINUS} standard deviation over seeds."
    if any(row.kind == INTERVAL for row in rows):
        text += " An interval is that over the test videos; with several seeds it is the mean of their bounds."
    yield text
    if table.left_out:
        yield f"Configs of other forms, left out: {first_few(table.left_out)}."
    versions = sorted({result.version for entry in table.entries for result in entry.results} - {""})
    if len(versions) > 1:
        yield f"Results of flip_mm {', '.join(versions)}."
