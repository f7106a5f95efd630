# SPDX-License-Identifier: Apache-2.0
"""Plot the results of a folder of records: groups are runs, bars are configs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from flip_mm.evaluation.comparable import comparable
from flip_mm.evaluation.results import Result
from flip_mm.visualization.bar_plot import Values, plot_bars

from .data_kind import HEADERS, SYNTHETIC
from .make_table import BOTH, TARGET, chosen_results
from .row_key import RowKey
from .rules import Rules

METRIC = "HTER"


def plot_results(
    *places: str | Path,
    path: str | Path,
    metric: str = METRIC,
    rule: str | None = None,
    threshold: str | None = None,
    split: str = BOTH,
    role: str = TARGET,
) -> None:
    """Draw a metric of all finished trainings in files and folders.

    Args:
        places: Files, or folders that contain ``record*.json`` at any depth.
        path: File to write, PNG, PDF or SVG by its ending.
        metric: Name of the metric.
        rule: Selection rule of the results.
        threshold: Threshold rule of the results, see :func:`~flip_mm.tables.rules.choose`.
        split: As in :func:`~flip_mm.tables.make_table.make_table`.
        role: ``'target'`` or ``'dev'``.

    Raises:
        OSError: A file cannot be read or written.
        ValueError: The results have several rules, are not comparable, or there are none; or the ending is unknown.
    """
    results, _ = chosen_results(*places, rule=rule, threshold=threshold, split=split, role=role)
    finished = [result for result in results if not result.stopped]
    title = title_of(finished, metric)
    plot_bars(values_of(finished, metric), metric, title, path)


def values_of(results: Sequence[Result], metric: str) -> Values:
    """Return method -> run -> seed -> percent. A method with several settings has a variant for each.

    Raises:
        ValueError: See :func:`~flip_mm.evaluation.comparable.comparable`.
    """
    groups: dict[RowKey, dict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        if metric in result.metrics:
            groups[RowKey.of(result)][result.provenance.run].append(result)
    methods = [key.method for key in groups]
    return {
        key.method if methods.count(key.method) == 1 else f"{key.method} ({key.setting})": {
            run: {seed: result.metrics[metric] for seed, result in comparable(found, [metric]).items()}
            for run, found in runs.items()
        }
        for key, runs in groups.items()
    }


def title_of(results: Sequence[Result], metric: str) -> str:
    """Say what is drawn, and how checkpoints and thresholds were chosen.

    Raises:
        ValueError: The results have several rules.
    """
    rules = list(dict.fromkeys(map(Rules.of, results)))
    if len(rules) > 1:
        there = "; ".join(dict.fromkeys(own.line() for own in rules))
        raise ValueError(f"A plot shows results of one rule, and the records have {len(rules)}: choose one of {there}.")
    lines = [f"{metric}: mean and standard deviation over seeds; a point is a seed.", *(rules[0].header() if rules else [])]
    if any(result.is_synthetic for result in results):
        lines.append(HEADERS[SYNTHETIC])
    return "\n".join(lines)
