# SPDX-License-Identifier: Apache-2.0
"""Write ``results.csv`` from the records in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flip_mm.evaluation.directions import DIRECTIONS
from flip_mm.evaluation.result_row import result_row
from flip_mm.evaluation.results import Result, read_records
from flip_mm.utils.csv_cells import csv_text
from flip_mm.utils.files import write_file

FILE = "results.csv"
# Digits of the hash of the settings: it tells apart trainings of one config with different --cfg-options.
DIGITS = 8


def finished_results(folder: str | Path) -> list[Result]:
    """Return the results of all trainings in a folder that are finished, sorted; empty if there is no record.

    Raises:
        ValueError: A record is damaged.
    """
    try:
        found = [result for result in read_records(folder) if not result.stopped]
    except FileNotFoundError:
        return []
    return sorted(found, key=lambda result: [str(value).rjust(12) for value in _cells(result).values()])


def write_results(folder: str | Path) -> list[Result]:
    """Write ``results.csv``: a line per result, without times; the same records give the same bytes.

    Args:
        folder: Folder of the work dirs, and of the file.

    Returns:
        The results.

    Raises:
        ValueError: A record is damaged.
        OSError: The file cannot be written.
    """
    results = finished_results(folder)
    write_file(Path(folder, FILE), results_csv(results).encode(), shared=True)
    return results


def results_csv(results: Sequence[Result]) -> str:
    """Return results as CSV text, with a column for each metric that one of them has."""
    rows = [_cells(result) for result in results]
    metrics = {name for result in results for name in result.metrics}
    known = [name for name in DIRECTIONS if name in metrics]
    names = list(dict.fromkeys(name for row in rows for name in row if name not in metrics))
    columns = [*names, *known, *sorted(metrics.difference(known))]
    return csv_text([columns, *([row.get(name) for name in columns] for row in rows)])


def _cells(result: Result) -> dict[str, Any]:
    row = result_row(result)
    del row["stopped"]
    return {"method": row.pop("method"), "settings": result.config[:DIGITS], **row}
