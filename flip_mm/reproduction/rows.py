# SPDX-License-Identifier: Apache-2.0
"""Our metrics of each run beside the published ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from flip_mm.datasets.protocols import RUNS, Run
from flip_mm.evaluation.directions import direction_of
from flip_mm.tables.cell import mean_interval
from flip_mm.tables.published_rows import PublishedRow
from flip_mm.utils.table_text import mean_std_text

from .sample_interval import Interval, sample_intervals
from .spread import seed_interval
from .trainings import Training

METRICS = ("HTER", "AUC", "TPR@FPR=1%")
AVERAGE = "average"
# Published values have two decimals.
ROUNDING = 0.005


@dataclass(frozen=True)
class Row:
    """A metric of one run, in percent.

    Attributes:
        run: ``'OCI->M'``, or ``'average'`` of all runs.
        metric: ``'HTER'``.
        seeds: The seeds of the values.
        values: One value per seed; empty if there is none that can be compared.
        published: The published value; None if there is none.
        reason: Why ``values`` is empty, or ``published`` is None.
        spread: 95 % interval for the mean of 5 further seeds; None with one seed.
        sample: 95 % interval over test videos, the mean over seeds; None if it is not recorded.
    """

    run: str
    metric: str
    seeds: tuple[int | None, ...]
    values: tuple[float, ...]
    published: float | None
    reason: str = ""
    spread: Interval | None = None
    sample: Interval | None = None

    @property
    def mean(self) -> float | None:
        """Mean over seeds."""
        return fmean(self.values) if self.values else None

    @property
    def std(self) -> float | None:
        """Standard deviation over seeds."""
        return stdev(self.values) if len(self.values) > 1 else None

    @property
    def text(self) -> str:
        """Mean and standard deviation; ``'-'`` without values."""
        return mean_std_text(self.values) if self.values else "-"

    @property
    def difference(self) -> float | None:
        """Our mean minus the published value."""
        return None if self.mean is None or self.published is None else self.mean - self.published

    @property
    def is_worse(self) -> bool:
        """Whether our mean is worse than the published value."""
        sign = 1 if direction_of(self.metric) == "less" else -1
        return self.difference is not None and sign * self.difference > 0

    @property
    def in_spread(self) -> bool | None:
        """Whether the published value is within the spread of our seeds; None if unknown."""
        return self._is_in(self.spread)

    @property
    def in_sample(self) -> bool | None:
        """Whether the published value is within the interval over test videos; None if unknown."""
        return self._is_in(self.sample)

    def _is_in(self, bounds: Interval | None) -> bool | None:
        if self.published is None or bounds is None:
            return None
        return bounds[0] - ROUNDING <= self.published <= bounds[1] + ROUNDING


def make_rows(
    trainings: Sequence[Training], published: PublishedRow | None, metrics: Sequence[str] = METRICS, absent: str = ""
) -> list[Row]:
    """Compare the trainings of one method with a published row.

    Args:
        trainings: Trainings of any runs and seeds.
        published: The published row; None if there is none.
        metrics: Names of the metrics.
        absent: Why there is no published row, for the reasons; ``''`` if none is known.

    Returns:
        A row per run and metric, in the order of the published table, then those of the average, if all published
        runs are there.

    Raises:
        ValueError: A seed has two different results.
    """
    by_run: dict[str, dict[int | None, Training]] = {}
    for training in trainings:
        seeds = by_run.setdefault(training.run, {})
        seeds[training.seed] = _one_of(seeds.get(training.seed), training)
    values = published.values if published else {}
    rows = [
        _row(run, metric, list(by_run[run].values()), values.get(run, {}).get(metric), absent or _absent(published, metric))
        for run in sorted(by_run, key=lambda run: [*values].index(run) if run in values else len(values))
        for metric in metrics
    ]
    rows = [row for row in rows if row.values or row.metric == metrics[0]]
    return [*rows, *_averages(rows, by_run, published, metrics)]


def _one_of(earlier: Training | None, training: Training) -> Training:
    """Return the training that has a result; two with different results are an error."""
    if earlier is None or earlier.result is None or training.result is None:
        return training if earlier is None or earlier.result is None else earlier
    if earlier.result.metrics != training.result.metrics:
        raise ValueError(
            f"{training.method}, run {training.run}, seed {training.seed} has two different results, of '{earlier.path}' and "
            f"'{training.path}'; leave one of the records out."
        )
    return earlier


def _absent(published: PublishedRow | None, metric: str) -> str:
    return f"no published {metric} of this {'run' if published else 'method'}"


def _row(run: str, metric: str, trainings: Sequence[Training], published: float | None, absent: str) -> Row:
    known = [(one, one.result) for one in trainings if one.result and metric in one.result.metrics]
    if not known:
        reason = "; ".join(dict.fromkeys(filter(None, (one.reason for one in trainings)))) or f"no {metric} in the record"
        return Row(run, metric, (), (), published, reason)
    known.sort(key=lambda pair: -1 if pair[0].seed is None else pair[0].seed)
    values = tuple(result.metrics[metric] for _, result in known)
    sample = mean_interval([sample_intervals(result, one.path.parent).get(metric) for one, result in known])
    reason = "" if published is not None else absent
    return Row(run, metric, tuple(one.seed for one, _ in known), values, published, reason, seed_interval(values), sample)


def _averages(
    rows: Sequence[Row],
    by_run: Mapping[str, Mapping[int | None, Training]],
    published: PublishedRow | None,
    metrics: Sequence[str],
) -> list[Row]:
    """Return the rows of the average over runs, for seeds with all runs."""
    if not published or set(by_run) != (set(published.values) or _runs(published.protocol)):
        return []
    found = []
    for metric in metrics:
        own = [dict(zip(row.seeds, row.values, strict=True)) for row in rows if row.metric == metric]
        # The printed average differs from the mean of the printed values in some rows.
        printed = published.mean(metric) if published.values else published.average.get(metric)
        seeds = [seed for seed in own[0] if all(seed in other for other in own)] if len(own) == len(by_run) else []
        if seeds and printed is not None:
            values = tuple(fmean(values[seed] for values in own) for seed in seeds)
            found.append(Row(AVERAGE, metric, tuple(seeds), values, printed, "", seed_interval(values)))
    return found


def _runs(protocol: str) -> set[str]:
    """Names of all runs of a protocol, for rows that print only the average."""
    return {Run(protocol, sources, (), target).name for sources, target in RUNS[protocol]}
