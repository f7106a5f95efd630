# SPDX-License-Identifier: Apache-2.0
"""The values of a metric in one run: one per seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

# Formats replace it by what they can show.
PLUS_MINUS = "±"
MISSING = "-"


@dataclass(frozen=True)
class Cell:
    """The values of a metric in one run.

    Attributes:
        values: Seed -> percent. A published value has the seed None. Empty if there is no value.
        intervals: Seed -> bounds of its 95 % interval over test videos.
        remarks: Why there is no value, or what is special about it.
        decimals: Number of printed decimals.
        has_spread: Whether the standard deviation of the values is that over seeds.
    """

    values: Mapping[int | None, float] = field(default_factory=dict)
    intervals: Mapping[int | None, tuple[float, float]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    decimals: int = 2
    has_spread: bool = True

    @property
    def mean(self) -> float | None:
        """Mean over seeds; None without values."""
        return fmean(self.values.values()) if self.values else None

    @property
    def std(self) -> float | None:
        """Standard deviation over seeds (n - 1); None for fewer than two seeds."""
        return stdev(self.values.values()) if self.has_spread and len(self.values) > 1 else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Mean of the lower and mean of the upper bounds of the seeds; None if a seed has no interval.

        An interval says how much the value of **one** training depends on the test videos. It does not become narrower with
        more seeds, because all of them are tested on the same videos.
        """
        return mean_interval([self.intervals.get(seed) for seed in self.values])

    def text(self) -> str:
        """Return mean and standard deviation."""
        if self.mean is None:
            return MISSING
        spread = "" if self.std is None else f" {PLUS_MINUS} {self.std:.{self.decimals}f}"
        return f"{self.mean:.{self.decimals}f}{spread}"

    def interval_text(self) -> str:
        """Return the interval; ``''`` if there is none."""
        return "" if self.interval is None else "[{:.2f}, {:.2f}]".format(*self.interval)


def mean_interval(intervals: Sequence[tuple[float, float] | None]) -> tuple[float, float] | None:
    """Return the mean of the bounds over seeds; None without intervals, or if one of them is unknown.

    Example:
        >>> mean_interval([(1.0, 3.0), (2.0, 6.0)]), mean_interval([(1.0, 3.0), None])
        ((1.5, 4.5), None)
    """
    known = [bounds for bounds in intervals if bounds is not None]
    if not known or len(known) < len(intervals):
        return None
    return fmean(low for low, _ in known), fmean(high for _, high in known)


def average(cells: Sequence[Cell], remark: str = "") -> Cell:
    """Average over runs: of each seed, and over the seeds.

    Args:
        cells: One for each run; they have values.
        remark: Remark of the new cell.

    Returns:
        The average of each seed, if all runs have the same seeds. Otherwise the mean of the means of the runs, without a
        standard deviation.
    """
    remarks = (remark,) if remark else ()
    if len({frozenset(cell.values) for cell in cells}) == 1:
        values = {seed: fmean(cell.values[seed] for cell in cells) for seed in cells[0].values}
        return Cell(values, remarks=remarks)
    different = "the runs have different seeds: mean of their means, without a standard deviation"
    return Cell({None: fmean(cell.mean for cell in cells)}, remarks=(*remarks, different), has_spread=False)
