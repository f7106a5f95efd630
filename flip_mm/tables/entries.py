# SPDX-License-Identifier: Apache-2.0
"""Rows of a table as numbers: results of one method, by run and metric."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flip_mm.evaluation.comparable import comparable, place
from flip_mm.evaluation.results import Result
from flip_mm.utils.text import first_few

from .cell import Cell, average
from .data_kind import SYNTHETIC
from .forms import MANY, Form
from .methods import method_of_config
from .published_rows import PublishedRow
from .row_key import RowKey, lists_remark
from .trainings import Training, why_missing

NO_PUBLISHED = "no published value"
# Before the reason why a seed is missing in a mean.
NOT_AVERAGED = "not all seeds: "


@dataclass(frozen=True)
class Entry:
    """A row of a table.

    Attributes:
        method: Name of the config; of a published row, its name in the paper.
        setting: Shots and what else differs.
        seeds: Seeds of its values; empty for a published row.
        remarks: Footnotes of its name.
        cells: (run, metric) -> values.
        averages: Metric -> average of the runs.
        key: What its results share; None for a published row.
        published: The published row; None for own results.
        results: The results that its values come from.
    """

    method: str
    setting: str
    seeds: tuple[int | None, ...]
    remarks: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    averages: Mapping[str, Cell]
    key: RowKey | None = None
    published: PublishedRow | None = None
    results: tuple[Result, ...] = ()


def column_of(result: Result | Training, form: Form) -> str:
    """Return the column of a result: its run, or its target."""
    run = result.run if isinstance(result, Training) else result.provenance.run
    return run.partition("->")[2] if form.name == MANY else run


def make_entry(
    key: RowKey, results: Sequence[Result], trainings: Sequence[Training], columns: Sequence[str], form: Form
) -> Entry:
    """Make the row of a key.

    Args:
        key: The key of the row.
        results: Its results, of finished trainings.
        trainings: Its trainings, finished or not.
        columns: Runs, or targets.
        form: Form of the table.

    Raises:
        ValueError: The results of the row have different settings, or see
            :func:`~flip_mm.evaluation.comparable.comparable`.
    """
    _check_settings(results)
    metrics = tuple(dict.fromkeys([*form.metrics, *form.average]))
    by_column: dict[str, dict[int | None, Result]] = {}
    groups = defaultdict(list)
    for result in results:
        groups[column_of(result, form)].append(result)
    for column, found in groups.items():
        by_column[column] = comparable(found, metrics)
    seeds = sorted({seed for found in by_column.values() for seed in found}, key=lambda seed: -1 if seed is None else seed)
    cells = {}
    for column in columns:
        own = [training for training in trainings if column_of(training, form) == column]
        found = by_column.get(column, {})
        cells |= {(column, metric): _cell(found, metric) for metric in metrics}
        lacking = [training for training in own if training.seed not in found]
        absent = [seed for seed in seeds if seed not in found] if found or own else []
        if not found:
            tested = "" if form.name != MANY or own else f"not tested on {column}"
            cells |= {(column, metric): Cell(remarks=(tested or why_missing(lacking, absent),)) for metric in metrics}
        elif lacking or absent:
            first, reason = cells[column, metrics[0]], f"{NOT_AVERAGED}{why_missing(lacking, absent)}"
            cells[column, metrics[0]] = Cell(first.values, first.intervals, (*first.remarks, reason))
    other = method_of_config(key.method)
    remarks = [other.remark] if other else []
    remarks += [lists_remark(results)] if results and key.data != SYNTHETIC else []
    averages = {metric: _average(metric, cells, columns, form, results) for metric in form.average}
    return Entry(
        key.method, key.setting, tuple(seeds), tuple(filter(None, remarks)), cells, averages, key, results=tuple(results)
    )


def published_entry(row: PublishedRow, columns: Sequence[str], form: Form, is_beside: bool = False) -> Entry:
    """Make a published row.

    Args:
        row: The row.
        columns: Runs.
        form: Form of the table.
        is_beside: Whether it follows the row of its config: it is marked, and a footnote has its source.
    """
    cells = {
        (column, metric): _published(row.values.get(column, {}).get(metric), row)
        for column in columns
        for metric in form.metrics
    }
    averages = {metric: _published(row.average.get(metric), row, row.average_note(metric)) for metric in form.average}
    name, remarks = (f"{row.method}, published", (row.remark,)) if is_beside else (row.method, ())
    return Entry(name, row.setting, (), remarks, cells, averages, published=row)


def _published(value: float | None, row: PublishedRow, remark: str = "") -> Cell:
    if value is None:
        return Cell(remarks=(NO_PUBLISHED,))
    return Cell({None: value}, remarks=(remark,) if remark else (), decimals=row.decimals)


def _cell(found: Mapping[int | None, Result], metric: str) -> Cell:
    remarks = []
    for seed, result in found.items():
        if metric in result.not_finite:
            remarks.append(f"{metric} of seed {seed} is not a number")
        elif metric not in result.metrics:
            remarks.append(f"the record of seed {seed} has no {metric}")
    values = {seed: result.metrics[metric] for seed, result in found.items() if metric in result.metrics}
    intervals = {seed: found[seed].intervals[metric] for seed in values if metric in found[seed].intervals}
    prefix = NOT_AVERAGED if values else ""
    return Cell(values, intervals, tuple(f"{prefix}{remark}" for remark in remarks))


def _average(
    metric: str, cells: Mapping[tuple[str, str], Cell], columns: Sequence[str], form: Form, results: Sequence[Result]
) -> Cell:
    found = [cells[column, metric] for column in columns if cells[column, metric].values]
    missing = len(columns) - len(found)
    if not found or (missing and form.name != MANY):
        return Cell(remarks=(f"no average: only {len(found)} of {len(columns)} runs have a value",))
    if len({result.world_size for result in results}) > 1:
        return Cell(remarks=("no average: the runs used different numbers of processes",))
    return average(found, f"average of {len(found)} of {len(columns)} sets" if missing else "")


def _check_settings(results: Sequence[Result]) -> None:
    """Refuse two configs of one name."""
    found = {result.config: result for result in results}
    if len(found) > 1:
        which = first_few(
            [f"sha256 {value[:8] or 'unknown'} in '{result.path}' ({place(result)})" for value, result in found.items()], most=2
        )
        raise ValueError(f"two configs of one name have different settings: {which}; make a table of each")
