# SPDX-License-Identifier: Apache-2.0
"""Make tables in the forms of the paper from results: one for each pair of a checkpoint rule and a threshold rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flip_mm.datasets.protocols import TESTED
from flip_mm.evaluation.results import Result
from flip_mm.utils.text import first_few

from .data_kind import REAL, data_kind
from .entries import Entry, column_of, make_entry, published_entry
from .forms import MANY, Form
from .methods import method_of_config
from .published_rows import PublishedRow, find_published, published_rows, published_runs
from .row_key import RowKey
from .rules import Rules
from .trainings import Training

# The protocol with one source for all targets.
ONE_SOURCE = "celeba"
# Which published rows are in a table.
ALL, BESIDE, NONE = "all", "beside", "none"


@dataclass(frozen=True)
class PaperTable:
    """A table of one form, with results of the same rules only, on one kind of data.

    Attributes:
        form: Its form.
        rules: How checkpoints and thresholds of all own results were chosen.
        data: See :func:`~flip_mm.tables.data_kind.data_kind`.
        columns: Runs, or targets.
        entries: Its rows; a published row follows the row of the config that reproduces it.
        others: Published rows of other methods.
        left_out: Names of configs with results for other forms.
    """

    form: Form
    rules: Rules
    data: str
    columns: tuple[str, ...]
    entries: tuple[Entry, ...]
    others: tuple[Entry, ...]
    left_out: tuple[str, ...]


def make_paper_tables(
    results: Sequence[Result], trainings: Sequence[Training], form: Form, published: str = ALL
) -> list[PaperTable]:
    """Make the tables of a form.

    Args:
        results: Results of one role, already chosen by rule.
        trainings: All trainings.
        form: The form.
        published: ``'all'`` published rows of the form, only those ``'beside'`` own rows, or ``'none'``.

    Returns:
        A table for each pair of rules, the published rules first; those of synthetic and unknown data are apart.
        Trainings without any result are rows of the first table of their data.

    Raises:
        ValueError: No finished training has a result for this form, or see :func:`~flip_mm.tables.entries.make_entry`.
    """
    own = [result for result in results if _fits(result, form)]
    if form.name == MANY:
        own = _with_many_targets(own)
    trainings = [training for training in trainings if form.contains(training.method, training.protocol)]
    finished = [result for result in own if not result.progress]
    if not finished:
        problems = first_few([f"{one.method}, {one.run}: {one.problem()}" for one in trainings], separator="; ")
        raise ValueError(f"no finished training has a result for the form {form.name}" + (f" ({problems})" if problems else ""))
    left_out = tuple(sorted({result.method for result in results} - {result.method for result in own}))
    columns = published_runs(form.name) or form.runs or _columns(finished, form)
    groups: dict[tuple[str, Rules], list[Result]] = defaultdict(list)
    for result in finished:
        groups[data_kind(result.is_synthetic, result.data), Rules.of(result)].append(result)
    idle = _without_result(finished, trainings, form)
    tables = []
    kinds = [data for data, _ in groups]
    for data, rules in sorted(groups, key=lambda group: (group[0], not group[1].is_published, group[1])):
        shown = [one for one in idle if one.data == data or (one.data not in kinds and not tables)]
        idle = [one for one in idle if one not in shown]
        rows = _rows(groups[data, rules], shown, form)
        entries, others = _entries(rows, trainings, rules, columns, form, published if data == REAL else NONE)
        tables.append(PaperTable(form, rules, data, columns, tuple(entries), tuple(others), left_out))
    return tables


def _rows(results: Sequence[Result], idle: Sequence[Training], form: Form) -> dict[RowKey, list[Result]]:
    """Group results, in the order of the paper and then by name; trainings without a result are empty groups."""
    rows: dict[RowKey, list[Result]] = defaultdict(list)
    for result in results:
        rows[RowKey.of(result, with_sources=form.name == MANY)].append(result)
    for training in idle:
        rows.setdefault(_idle_key(training, form), [])
    return {key: rows[key] for key in sorted(rows, key=lambda key: _position(key, form))}


def _entries(
    rows: Mapping[RowKey, Sequence[Result]],
    trainings: Sequence[Training],
    rules: Rules,
    columns: Sequence[str],
    form: Form,
    published: str,
) -> tuple[list[Entry], list[Entry]]:
    """Return own rows with the published rows beside them, and the other published rows."""
    entries: list[Entry] = []
    shown = []
    for key, results in rows.items():
        own = [training for training in trainings if key.is_of(training) and _has_sources(training, key)]
        entry = make_entry(key, results, own, columns, form)
        row, reason = _beside(key, rules, form) if published != NONE else (None, "")
        entries.append(replace(entry, remarks=(*entry.remarks, reason)) if reason else entry)
        if row:
            shown.append(row)
            entries.append(published_entry(row, columns, form, is_beside=True))
    if published != ALL or not rules.is_published:
        return entries, []
    others = [row for row in published_rows() if row.form == form.name and row not in shown]
    return entries, [published_entry(row, columns, form) for row in others]


def _fits(result: Result, form: Form) -> bool:
    known = result.provenance
    return form.contains(result.method, known.protocol) and (not form.runs or known.run in form.runs)


def _with_many_targets(results: Sequence[Result]) -> list[Result]:
    """Leave out trainings with one target, except those of protocols in which a source is tested on all sets."""
    targets = defaultdict(set)
    for result in results:
        targets[RowKey.of(result, with_sources=True)].add(result.provenance.run)
    return [
        result
        for result in results
        if result.provenance.protocol == ONE_SOURCE or len(targets[RowKey.of(result, with_sources=True)]) > 1
    ]


def _columns(results: Iterable[Result], form: Form) -> tuple[str, ...]:
    """Targets in the order of the data sets, or runs in the order of the results."""
    found = dict.fromkeys(column_of(result, form) for result in results)
    return tuple(sorted(found, key=lambda name: TESTED.index(name) if name in TESTED else len(TESTED)))


def _without_result(finished: Sequence[Result], trainings: Sequence[Training], form: Form) -> list[Training]:
    """Trainings of rows that have no finished result under any rules."""
    keys = {RowKey.of(result, with_sources=form.name == MANY) for result in finished}
    return [one for one in trainings if not any(key.is_of(one) and _has_sources(one, key) for key in keys)]


def _idle_key(training: Training, form: Form) -> RowKey:
    sources = training.run.partition("->")[0] if form.name == MANY else ""
    names = ("method", "protocol", "shots", "unlabelled", "holdout", "data")
    return RowKey(sources=sources, **{name: getattr(training, name) for name in names})


def _has_sources(training: Training, key: RowKey) -> bool:
    return key.sources in ("", training.run.partition("->")[0])


def _position(key: RowKey, form: Form) -> tuple:
    """Order of the paper, then names."""
    order = [config for row in published_rows() if row.form == form.name for config in row.configs]
    name = key.method.replace("_demo", "_p1")
    return (order.index(name) if name in order else len(order), key.method, key.shots, key.setting)


def _beside(key: RowKey, rules: Rules, form: Form) -> tuple[PublishedRow | None, str]:
    """Return the published row beside an own row; or None, and why there is none."""
    if not rules.is_published or not form.has_run_columns:
        return None, ""
    other = method_of_config(key.method)
    if reason := key.not_comparable(other):
        return None, reason
    if other and other.in_spirit:
        return None, f"published values of {other.row} are not beside it, because it is not that method"
    row = find_published(key.method, key.protocol, key.shots, form.name)
    return row, "" if row else "no published values of this config with these shots"
