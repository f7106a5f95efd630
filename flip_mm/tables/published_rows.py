# SPDX-License-Identifier: Apache-2.0
"""Published results, as printed in the paper: data of ``published/table*.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

from .methods import Method, method_of_row

FOLDER = Path(__file__).parent / "published"
TABLE_KEYS = {"paper": str, "table": int, "form": str, "protocol": str, "rows": list}
ROW_KEYS = {"method": str, "shots": int, "configs": list, "decimals": int, "values": Mapping, "average": Mapping}


@dataclass(frozen=True)
class PublishedRow:
    """A row of a published table.

    Attributes:
        paper: ``'FLIP, ICCV 2023'``.
        table: Number of the table in the paper.
        form: Form of the table, see :mod:`~flip_mm.tables.forms`.
        protocol: ``'p1'``.
        method: Name in the paper.
        shots: Labelled target images per class in training.
        configs: Names of the configs that reproduce it, without their ending; empty for methods of other papers.
        decimals: Number of printed decimals.
        values: Run -> metric -> percent, as printed. Values that are not in the paper are absent.
        average: Metric -> the printed average of the runs.
    """

    paper: str
    table: int
    form: str
    protocol: str
    method: str
    shots: int
    configs: tuple[str, ...]
    decimals: int
    values: Mapping[str, Mapping[str, float]]
    average: Mapping[str, float]

    @property
    def source(self) -> str:
        """Where the row is printed."""
        return f"{self.paper}, table {self.table}"

    @property
    def other(self) -> Method | None:
        """The method of another paper; None for the methods of this one."""
        return method_of_row(self.method)

    @property
    def setting(self) -> str:
        """Shots, and all marks of its training."""
        return "; ".join([f"{self.shots}-shot" + (", saw target images" if self.shots else ""), *self._marks()])

    @property
    def remark(self) -> str:
        """How it was obtained: the paper's own rows are means of seeds 0 to 4, chosen on the target."""
        return f"published in {self.source}; {'as quoted there' if self.other else 'mean of 5 seeds, target-oracle'}"

    def _marks(self) -> list[str]:
        return self.other.marks(self.protocol) if self.other else []

    def mean(self, metric: str) -> float | None:
        """Return the mean of the printed values of the runs; None without values."""
        values = [metrics[metric] for metrics in self.values.values() if metric in metrics]
        return fmean(values) if values else None

    def average_note(self, metric: str) -> str:
        """Say how the printed average differs from the mean of its row; ``''`` if it does not."""
        mean, printed = self.mean(metric), self.average.get(metric)
        # Half a unit of the last decimal is rounding, of the average and of each value.
        if mean is None or printed is None or abs(mean - printed) <= 10**-self.decimals + 1e-9:
            return ""
        count = sum(metric in metrics for metrics in self.values.values())
        text = f"printed as {printed:.{self.decimals}f}; the mean of the {count} printed values is {mean:.{self.decimals}f}"
        if abs(mean * count / (count + 1) - printed) <= 10**-self.decimals + 1e-9:
            text += f" (the sum of {count} values was divided by {count + 1})"
        return text


@cache
def published_rows(folder: Path = FOLDER) -> tuple[PublishedRow, ...]:
    """Return all published rows, in the order of the tables.

    Args:
        folder: Folder of the files ``table*.json``.

    Raises:
        ValueError: A file has a wrong field; the message names file, row and field.
    """
    return tuple(row for path in sorted(folder.glob("table*.json")) for row in _read(path))


def published_runs(form: str) -> tuple[str, ...]:
    """Return the runs of a published table, in the order of its columns; empty if there is none.

    Example:
        >>> published_runs("p3")[:4]
        ('C->I', 'C->M', 'C->O', 'I->C')
    """
    rows = [row for row in published_rows() if row.form == form]
    return tuple(dict.fromkeys(run for row in reversed(rows) for run in row.values))


def find_published(config: str, protocol: str, shots: int = 0, form: str | None = None) -> PublishedRow | None:
    """Return the published row that a config reproduces, or None.

    A config of an ablation can have rows in several tables; without a form it is the first one, table 2 before the others.

    Args:
        config: Name of the config without its ending.
        protocol: Protocol of the training.
        shots: Labelled target images per class in training.
        form: Form of the table.

    Example:
        >>> row = find_published("flip_mcl_p1", "p1")
        >>> row.values["ICM->O"]["HTER"], row.source
        (2.31, 'FLIP, ICCV 2023, table 2')
    """
    for row in published_rows():
        if config in row.configs and (row.protocol, row.shots) == (protocol, shots) and form in (None, row.form):
            return row
    return None


def _read(path: Path) -> list[PublishedRow]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        _check(content, TABLE_KEYS, "table")
        return [_row(content, number, row) for number, row in enumerate(content["rows"])]
    except ValueError as error:
        raise ValueError(f"'{path}': {error}") from error


def _row(content: Mapping[str, Any], number: int, row: Any) -> PublishedRow:
    _check(row, ROW_KEYS, f"rows[{number}]")
    for run, metrics in {**row["values"], "average": row["average"]}.items():
        if not isinstance(metrics, Mapping) or not all(_is_percent(value) for value in metrics.values()):
            raise ValueError(f"rows[{number}], {run}: values must be numbers in 0..100, got {metrics!r}")
    own = {name: row[name] for name in ROW_KEYS} | dict(configs=tuple(row["configs"]))
    return PublishedRow(**{name: content[name] for name in TABLE_KEYS if name != "rows"}, **own)


def _check(values: Any, kinds: Mapping[str, type], place: str) -> None:
    if not isinstance(values, Mapping) or values.keys() != kinds.keys():
        raise ValueError(f"{place} must have the keys {', '.join(kinds)}")
    for name, kind in kinds.items():
        if not isinstance(values[name], kind):
            raise ValueError(f"{place}.{name} must be {kind.__name__}, got {values[name]!r}")


def _is_percent(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 100
