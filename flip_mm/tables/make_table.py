# SPDX-License-Identifier: Apache-2.0
"""Make the tables of a folder of records in any form and format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flip_mm.evaluation import results_table
from flip_mm.evaluation.results import Result, prefer_tests
from flip_mm.evaluation.roles import TARGET
from flip_mm.evaluation.selection import get_rule

from .csv_format import as_csv
from .document import Document
from .forms import FORMS
from .great_format import as_html, as_latex
from .layout import document_of
from .paper_table import ALL, make_paper_tables
from .rules import Rules, choose
from .runs_document import runs_document
from .text_format import as_markdown, as_terminal
from .trainings import Training, read_trainings

RUNS = "runs"
FORMATS = ("terminal", "markdown", "latex", "html", "csv")
BOTH = "both"


def make_table(
    *places: str | Path,
    form: str = RUNS,
    format: str = "terminal",
    rule: str | None = None,
    threshold: str | None = None,
    split: str = BOTH,
    role: str = TARGET,
    metrics: Sequence[str] | None = None,
    published: str = ALL,
    width: int = 120,
) -> str:
    """Return the tables of all records in files and folders.

    Args:
        places: Files, or folders that contain ``record*.json`` at any depth.
        form: A key of ``FORMS``, or ``'runs'``: a row for each method and run.
        format: A value of ``FORMATS``. CSV has one line per value and seed; that of ``'runs'`` one line per row.
        rule: Selection rule of the results; None for a table of each.
        threshold: Threshold rule of the results, see :func:`~flip_mm.tables.rules.choose`; None for a table of each.
        split: ``'test'``, ``'val'``, or ``'both'``: a validation counts if its checkpoint was not tested.
        role: ``'target'`` or ``'dev'``.
        metrics: Names of the metrics; None for those of the form.
        published: ``'all'`` published rows of the form, only those ``'beside'`` own rows, or ``'none'``.
        width: Columns of the terminal.

    Raises:
        ImportError: The format needs the extra ``tables``.
        OSError: A file cannot be read.
        ValueError: A file is no record, results are not comparable, or there are none; or an argument is unknown.
    """
    for name, value, valid in (("form", form, (*FORMS, RUNS)), ("format", format, FORMATS)):
        if value not in valid:
            raise ValueError(f"{name} must be one of {', '.join(valid)}, got {value!r}.")
    results, trainings = chosen_results(*places, rule=rule, threshold=threshold, split=split, role=role)
    if form == RUNS:
        return _runs(results_table.make_rows(results, split, role, metrics or results_table.METRICS), format, width)
    layout = FORMS[form]
    if metrics:
        averaged = tuple(metrics) if layout.average else ()
        layout = replace(layout, metrics=tuple(metrics) if layout.metrics else (), average=averaged)
    tables = make_paper_tables(results, trainings, layout, published)
    return as_csv(tables) if format == "csv" else _render([document_of(table) for table in tables], format, width)


def chosen_results(
    *places: str | Path, rule: str | None, threshold: str | None, split: str, role: str
) -> tuple[list[Result], list[Training]]:
    """Return the results with these rules, and all trainings; the arguments are those of :func:`make_table`.

    Raises:
        OSError: A file cannot be read.
        ValueError: A file is no record, or there are no such results.
    """
    if rule is not None:
        get_rule(rule)
    results, trainings = read_trainings(*places)
    results = [result for result in results if result.role == role and split in (BOTH, result.split)]
    if not results:
        problems = "; ".join(f"{one.method}, {one.run}: {one.problem()}" for one in trainings[:3])
        raise ValueError(f"The records hold no results of split '{split}' and role '{role}' ({problems}).")
    return choose(prefer_tests(results), rule, threshold), trainings


def _runs(rows: Sequence[results_table.TableRow], format: str, width: int) -> str:
    """Return a table of each pair of rules; CSV has columns for the rules."""
    if format == "csv":
        return results_table.as_csv(rows)
    groups: dict[Rules, list[results_table.TableRow]] = {}
    for row in rows:
        groups.setdefault(Rules.of(row.first), []).append(row)
    return _render([runs_document(rules, found) for rules, found in groups.items()], format, width)


def _render(documents: Sequence[Document], format: str, width: int) -> str:
    if format == "terminal":
        return "\n\n\n".join(as_terminal(document, width) for document in documents)
    if format == "markdown":
        return "\n\n".join(map(as_markdown, documents))
    return as_html(documents) if format == "html" else as_latex(documents)
