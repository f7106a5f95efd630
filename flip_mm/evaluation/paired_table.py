# SPDX-License-Identifier: Apache-2.0
"""Tables of paired tests: methods against each other, over seeds and over videos."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from flip_mm.utils.csv_cells import csv_text
from flip_mm.utils.table_text import aligned_lines, markdown_lines

from .functional import auc
from .paired import delong, holm, hter_permutation, mcnemar, sign_flips
from .paired_runs import Pair

METRIC_HEAD = ("{} 1", "{} 2", "{} diff", "{} p videos", "{} Holm", "{} p seeds")
HEAD = ["method 1", "method 2", "run", "seeds", *(text.format(name) for name in ("AUC", "HTER") for text in METRIC_HEAD)]
SEEDS_HEAD = ["method 1", "method 2", "run", "seed", "AUC diff", "p DeLong", "Holm"]
SEEDS_HEAD += ["HTER diff", "p permutation", "Holm", "p McNemar", "Holm"]
NOTES = (
    "Percent; differences in points, method 1 minus 2. p videos: DeLong for AUC, permutation for HTER, of the mean over "
    "seeds, for these trainings. p seeds: sign changes over seeds, at least 2 / 2^seeds (0.25 with three). Holm: p videos "
    "adjusted for all rows of the table.",
    "One training of each method per row. Holm: adjusted for the seeds of the same comparison and run. McNemar tests the rate "
    "of errors over all videos, not HTER.",
)
Rows = list[list[str]]


def comparison_rows(pairs: Sequence[Pair]) -> Rows:
    """Return a row for each pair: means over seeds, tests over videos and over seeds."""
    areas = [delong(pair.labels, *pair.scores) for pair in pairs]
    rates = [hter_permutation(pair.labels, *pair.errors) for pair in pairs]
    rows = []
    for pair, area, rate, *adjusted in zip(pairs, areas, rates, _holm(areas), _holm(rates), strict=True):
        by_seed = [[auc(row, pair.labels) for row in rows] for rows in pair.scores]
        cells = [pair.first, pair.second, pair.run, " ".join(map(str, pair.seeds))]
        cells += [*map(_percent, map(pair.auc, (0, 1))), _points(area.value), _p(area.p), _p(adjusted[0])]
        cells.append(_p(sign_flips(np.subtract(*by_seed)).p))
        cells += [*(_percent(pair.hters(which).mean()) for which in (0, 1)), _points(rate.value), _p(rate.p), _p(adjusted[1])]
        cells.append(_p(sign_flips(pair.hters(0) - pair.hters(1)).p))
        rows.append(cells)
    return rows


def seed_rows(pairs: Sequence[Pair]) -> Rows:
    """Return a row for each pair and seed: tests over videos."""
    rows = []
    for pair in pairs:
        areas = [delong(pair.labels, *both) for both in zip(*pair.scores, strict=True)]
        rates = [hter_permutation(pair.labels, *both) for both in zip(*pair.errors, strict=True)]
        counts = [mcnemar(*both) for both in zip(*pair.errors, strict=True)]
        adjusted = [_holm(tests) for tests in (areas, rates, counts)]
        for number, seed in enumerate(pair.seeds):
            area, rate, count = areas[number], rates[number], counts[number]
            holm_area, holm_rate, holm_count = (_p(values[number]) for values in adjusted)
            cells = [pair.first, pair.second, pair.run, str(seed), _points(area.value), _p(area.p), holm_area]
            rows.append([*cells, _points(rate.value), _p(rate.p), holm_rate, _p(count.p), holm_count])
    return rows


def paired_table(pairs: Sequence[Pair], style: str = "text", each_seed: bool = False) -> str:
    """Return a table of tests.

    Args:
        pairs: See :func:`~flip_mm.evaluation.paired_runs.pair_runs`.
        style: ``'text'``, ``'markdown'`` or ``'csv'``.
        each_seed: A row per seed, instead of a row per comparison.

    Raises:
        ValueError: The style is unknown, or a pair cannot be tested.
    """
    if style not in STYLES:
        raise ValueError(f"style must be one of {', '.join(STYLES)}, got {style!r}.")
    rows = seed_rows(pairs) if each_seed else comparison_rows(pairs)
    notes = [NOTES[each_seed]]
    for pair in pairs:
        if pair.left_out:
            seeds = ", ".join(map(str, pair.left_out))
            notes.append(f"{pair.first} and {pair.second}, {pair.run}: seeds {seeds} left out, only one of both has them.")
    return STYLES[style]([SEEDS_HEAD if each_seed else HEAD, *rows], notes)


def _as_text(lines: Rows, notes: Sequence[str]) -> str:
    return "\n".join([*aligned_lines(lines), *notes])


def _as_markdown(lines: Rows, notes: Sequence[str]) -> str:
    return "\n".join([*markdown_lines(lines), *(f"\n{text}" for text in notes)])


def _as_csv(lines: Rows, notes: Sequence[str]) -> str:
    # A spreadsheet could take a cell with a leading + for a formula, so such cells are quoted.
    return csv_text([[cell.removeprefix("+") for cell in line] for line in lines]).rstrip("\n")


STYLES: dict[str, Callable[[Rows, Sequence[str]], str]] = {"text": _as_text, "markdown": _as_markdown, "csv": _as_csv}


def _holm(found: Sequence) -> list[float]:
    return holm([test.p for test in found])


def _percent(value: float) -> str:
    return f"{100 * value:.2f}"


def _points(value: float) -> str:
    return f"{100 * value:+.2f}"


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else "<0.0001"
