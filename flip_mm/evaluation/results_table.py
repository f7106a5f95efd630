# SPDX-License-Identifier: Apache-2.0
"""Make tables of results: methods and runs, with mean and standard deviation over seeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from flip_mm.utils.csv_cells import csv_text
from flip_mm.utils.table_text import aligned_lines, markdown_lines, mean_std_text
from flip_mm.utils.text import safe_text

from .comparable import comparable, place
from .marks import needs_depth, without_aux
from .results import Result, read_records
from .roles import TARGET

METRICS = ("HTER", "AUC", "TPR@FPR=1%")
ORACLE = "*"
FOOTNOTE = f"{ORACLE} chosen with the labels of the target: an oracle, optimistic."


@dataclass(frozen=True)
class TableRow:
    """A method in one run, or the mean of its runs.

    Attributes:
        method: Name of the config.
        protocol: ``'p1'``.
        run: ``'OCI->M'``; ``'mean of 4 runs'`` for a mean.
        seeds: The averaged seeds in ascending order; empty for a mean of runs.
        metrics: Name -> one value per seed, or per run.
        first: One of the results. The printed values are the same in all of them.
        versions: Versions of flip_mm.
    """

    method: str
    protocol: str
    run: str
    seeds: tuple[int | None, ...]
    metrics: dict[str, tuple[float, ...]]
    first: Result
    versions: tuple[str, ...]

    @property
    def selection(self) -> str:
        """The selection rule, with a mark for an oracle."""
        known = self.first.provenance
        by = f" ({known.selection_metric})" if known.selection_metric else ""
        return f"{known.selection or 'unknown'}{by}{ORACLE if known.is_oracle else ''}"

    @property
    def threshold(self) -> str:
        """The threshold rule, with a mark for an oracle."""
        return f"{self.first.threshold}{ORACLE if self.first.threshold_oracle else ''}"

    @property
    def notes(self) -> str:
        """Further information: target images in training, frames, averaged weights, validation."""
        known, parts = self.first.provenance, []
        if known.shots or known.unlabelled or known.unknown_start or known.adapted:
            parts.append(known.target_seen)
        if self.first.depth:
            parts.append(needs_depth(self.first.depth))
        if self.first.aux == () and (without := without_aux(known.protocol)):
            parts.append(without)
        if self.first.is_warm:
            parts.append("started from a checkpoint")
        if known.holdout:
            parts.append(f"trained on {100 * (1 - known.holdout):g} % of the source videos")
        if self.first.holdout is not None and self.first.holdout != known.holdout:
            parts.append(f"tested with holdout {self.first.holdout:g}")
        if self.first.stopped:
            parts.append(self.first.stopped)
        if self.first.split == "val":
            parts.append("validation")
        if self.first.level == "frame":
            parts.append("frames")
        if self.first.weights != "raw":
            parts.append(f"{self.first.weights} weights")
        return "; ".join(parts)

    def cell(self, metric: str) -> str:
        """Return the mean and, with several seeds, the standard deviation."""
        values = self.metrics[metric]
        return mean_std_text(values if self.seeds else [fmean(values)])


def make_rows(
    results: Iterable[Result], split: str = "test", role: str = TARGET, metrics: Sequence[str] = METRICS
) -> list[TableRow]:
    """Average results over seeds, and over the runs of a protocol.

    Results with other rules, level, weights, holdout or target images in training get separate rows, and so do trainings that
    started from a checkpoint or did not end.

    Args:
        results: Results of any methods, runs and seeds.
        split: ``'test'``, ``'val'`` for the validations that checkpoints come from, or ``'both'``.
        role: ``'target'`` or ``'dev'``.
        metrics: Names of the metrics to average.

    Returns:
        A row per method, run and rules, in the order of the results. After the runs of a method comes their mean, if it has
        several runs with the same settings.

    Raises:
        ValueError: There are no such results, a metric is missing, or results of one row have different settings, lists,
            initial weights or numbers of processes, or have the same seed but different values.
    """
    groups: dict[tuple, list[Result]] = defaultdict(list)
    for result in results:
        if split in ("both", result.split) and result.role == role:
            groups[_key(result)].append(result)
    if not groups:
        raise ValueError(f"The records hold no results of split '{split}' and role '{role}'.")
    methods: dict[tuple, list[TableRow]] = defaultdict(list)
    for group in groups.values():
        methods[_key(group[0], with_run=False)].append(_row(group, metrics))
    return [row for rows in methods.values() for row in [*rows, *_average(rows)]]


def table(
    *places: str | Path, style: str = "text", split: str = "test", role: str = TARGET, metrics: Sequence[str] = METRICS
) -> str:
    """Return the table of all records in files and folders, as text.

    Args:
        places: See :func:`~flip_mm.evaluation.results.read_records`.
        style: A key of ``STYLES``: ``'text'``, ``'markdown'`` or ``'csv'``.
        split: See :func:`make_rows`.
        role: See :func:`make_rows`.
        metrics: See :func:`make_rows`.

    Raises:
        OSError: A file cannot be read.
        ValueError: See :func:`make_rows` and ``read_records``; or the style is unknown.
    """
    if style not in STYLES:
        raise ValueError(f"style must be one of {', '.join(STYLES)}, got {style!r}.")
    return STYLES[style](make_rows(read_records(*places), split, role, metrics))


def as_text(rows: Sequence[TableRow]) -> str:
    """Return aligned columns, and footnotes."""
    return "\n".join([*aligned_lines(lines(rows)), *footnotes(rows)])


def as_markdown(rows: Sequence[TableRow]) -> str:
    """Return a Markdown table, and footnotes."""
    notes = [text.replace("*", r"\*") for text in footnotes(rows)]
    return "\n".join([*markdown_lines(lines(rows), escaped="|*"), *(f"\n{text}" for text in notes)])


def as_csv(rows: Sequence[TableRow]) -> str:
    """Return CSV with all digits, and a column for each rule, mark and note."""
    names = list(rows[0].metrics)
    numbers = [f"{name} {kind}" for name in names for kind in ("mean", "std")]
    head = ["method", "protocol", "run", "seeds", "n", *numbers, "role", "split", "level", "weights", "selection"]
    head += ["selection_metric", "selection_oracle", "threshold", "threshold_oracle", "shots", "unlabelled"]
    head += ["holdout", "tested_holdout", "unknown_start", "warm_start", "processes", "stopped", "flip_mm"]
    head += ["aux", "depth", "test_time"]
    found = []
    for row in rows:
        known, first = row.first.provenance, row.first
        values = [number for name in names for number in _mean_and_std(row.metrics[name])]
        seeds = " ".join(map(str, row.seeds))
        line = [row.method, row.protocol, row.run, seeds, len(row.metrics[names[0]]), *values, first.role, first.split]
        line += [first.level, first.weights, known.selection, known.selection_metric, int(known.is_oracle), first.threshold]
        line += [int(first.threshold_oracle), known.shots, known.unlabelled or ""]
        line += [known.holdout, first.holdout, known.unknown_start, int(first.is_warm), first.world_size]
        line += [first.stopped, " ".join(row.versions)]
        aux = "unknown" if first.aux is None else " ".join(first.aux)
        found.append([*line, aux, first.depth, int(first.test_time)])
    return csv_text([head, *found]).rstrip("\n")


STYLES: dict[str, Callable[[Sequence[TableRow]], str]] = {"text": as_text, "markdown": as_markdown, "csv": as_csv}


def _key(result: Result, with_run: bool = True) -> tuple:
    """Return the printed values that all results of a row share."""
    known = result.provenance
    rules = (known.selection, known.selection_metric, result.threshold, result.level, result.weights, result.stopped)
    training = (known.shots, known.unlabelled or "", known.unknown_start, known.holdout, result.holdout, result.is_warm)
    training += (result.depth, result.test_time, result.aux == ())
    return (result.method, known.protocol, *([known.run] if with_run else []), *rules, *training)


def _row(results: Sequence[Result], metrics: Sequence[str]) -> TableRow:
    first, known = results[0], results[0].provenance
    for name in metrics:
        if any(name not in result.metrics for result in results):
            names = ", ".join(first.metrics)
            raise ValueError(f"{place(first)}: a record has no metric {name!r}; it has {names}.")
    by_seed = comparable(results, metrics)
    values = {name: tuple(result.metrics[name] for result in by_seed.values()) for name in metrics}
    versions = tuple(sorted({result.version for result in results} - {""}))
    return TableRow(first.method, known.protocol, known.run, tuple(by_seed), values, first, versions)


def _average(rows: Sequence[TableRow]) -> list[TableRow]:
    """Return the mean of the means of the runs; no row for a single run or different settings."""
    if len(rows) < 2 or len({(row.first.config, row.first.world_size) for row in rows}) > 1:
        return []
    values = {name: tuple(fmean(row.metrics[name]) for row in rows) for name in rows[0].metrics}
    versions = tuple(sorted({version for row in rows for version in row.versions}))
    first = rows[0]
    return [TableRow(first.method, first.protocol, f"mean of {len(rows)} runs", (), values, first.first, versions)]


def lines(rows: Sequence[TableRow]) -> list[list[str]]:
    """Return the names of the columns, and the cells of each row."""
    names = list(rows[0].metrics)
    found = [["method", "protocol", "run", "seeds", *names, "checkpoint", "threshold", "notes"]]
    for row in rows:
        seeds = str(len(row.seeds)) if row.seeds else ""
        cells = [row.method, row.protocol, row.run, seeds, *map(row.cell, names), row.selection, row.threshold, row.notes]
        found.append([safe_text(cell, keep="") for cell in cells])
    return found


def footnotes(rows: Sequence[TableRow], with_oracle: bool = True) -> list[str]:
    """Return the lines below a table, with or without the meaning of the mark for an oracle."""
    notes = ["Percent; mean +- standard deviation over seeds."]
    if with_oracle and any(ORACLE in row.selection + row.threshold for row in rows):
        notes.append(FOOTNOTE)
    if mixed := sorted({version for row in rows for version in row.versions}):
        notes += [f"Results of flip_mm {', '.join(mixed)}."] if len(mixed) > 1 else []
    return notes


def _mean_and_std(values: Sequence[float]) -> tuple[float, float | None]:
    return fmean(values), stdev(values) if len(values) > 1 else None
