# SPDX-License-Identifier: Apache-2.0
"""How much better a training looks under the published rules than under rules that use no label of the target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flip_mm.utils.table_text import markdown_lines, mean_std_text

from .options import PAPER
from .record_files import method_of, read_record_file, record_files
from .roles import DEV
from .selection import LAST, TARGET_ORACLE, combinations

# The published rules come first; the gap of the others is their difference from these.
RULES = tuple((rule, threshold) for rule in (TARGET_ORACLE, DEV, LAST) for threshold in (PAPER, f"{DEV} (eer)"))
PUBLISHED = RULES[0]


@dataclass(frozen=True)
class RuleGap:
    """The metric of one method in one run under each combination of rules.

    Attributes:
        method: Name of the config without its ending.
        run: Name of the run.
        holdout: Share of the source videos that training left out.
        values: (selection rule, threshold rule) -> seed -> value in percent.
        interval: Seed -> half of the width of its 95 % interval under the published rules, in points; empty if unknown.
    """

    method: str
    run: str
    holdout: float
    values: Mapping[tuple[str, str], Mapping[int, float]]
    interval: Mapping[int, float]

    @property
    def seeds(self) -> list[int]:
        """The seeds, ascending."""
        return sorted({seed for own in self.values.values() for seed in own})

    def gaps(self, rules: tuple[str, str]) -> list[float]:
        """Return the difference from the published rules for each seed that has both."""
        own, published = (self.values.get(one) or {} for one in (rules, PUBLISHED))
        return [own[seed] - published[seed] for seed in sorted(own.keys() & published.keys())]


def read_rule_gaps(places: Iterable[str | Path], metric: str = "HTER") -> list[RuleGap]:
    """Read the trainings with a development set from their records.

    Args:
        places: Files, or folders that contain ``record*.json`` at any depth.
        metric: Name of the metric.

    Returns:
        One for each method, run and holdout, in the order of their names.

    Raises:
        FileNotFoundError: There is no record, or none of a training with ``--holdout``.
        ValueError: A file is no record, or two trainings have the same method, run, holdout and seed.
    """
    trainings: dict[tuple[str, str, float], dict[int, Mapping[str, Any]]] = defaultdict(dict)
    for path in record_files(*places):
        record = read_record_file(path)
        run = record.get("run") or {}
        if not run.get("holdout"):
            continue
        key = (method_of(record), run.get("name") or "", run["holdout"])
        if (seed := record.get("seed")) in trainings[key]:
            raise ValueError(f"'{path}': a second training of {key[0]}, {key[1]}, seed {seed}: give only one of them.")
        trainings[key][seed] = record
    if not trainings:
        raise FileNotFoundError(
            f"{', '.join(map(str, places))}: no record of a training with --holdout, which compares the rules."
        )
    return [_gap(*key, records, metric) for key, records in sorted(trainings.items())]


def as_markdown(gaps: Iterable[RuleGap], metric: str = "HTER") -> str:
    """Return the values of each combination of rules, and the mean differences from the published rules."""
    gaps = list(gaps)
    shares = sorted({1 - gap.holdout for gap in gaps})
    names = [f"{rule}, {threshold}" for rule, threshold in RULES]
    head = ["method", "run", "seeds", *names, "half interval"]
    rows = [
        [gap.method, gap.run, str(len(gap.seeds)), *(_shown(gap.values.get(one) or {}) for one in RULES), _shown(gap.interval)]
        for gap in gaps
    ]
    published = f"{PUBLISHED[0]}, {PUBLISHED[1]}"
    changes = [
        [
            name,
            str(len(own := [value for gap in gaps for value in gap.gaps(rules)])),
            _shown(dict(enumerate(own)), "+"),
            f"{min(own):+.2f} .. {max(own):+.2f}" if own else "-",
        ]
        for name, rules in zip(names[1:], RULES[1:], strict=True)
    ]
    trained = " and ".join(f"{share:.0%}" for share in shares)
    return "\n".join(
        [
            f"{metric} in percent, mean +- standard deviation over seeds; trained on {trained} of the source videos.",
            "Columns: selection rule, threshold rule. Half interval: half the width of the 95 % interval over test videos.",
            "",
            *markdown_lines([head, *rows]),
            "",
            f"Difference from '{published}' (points, all trainings above):",
            "",
            *markdown_lines([["rules", "trainings", "mean +- std", "range"], *changes]),
        ]
    )


def _gap(method: str, run: str, holdout: float, records: Mapping[int, Mapping[str, Any]], metric: str) -> RuleGap:
    values: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    interval = {}
    for seed, record in records.items():
        for one in combinations(record):
            key, value = (one.rule, one.threshold), one.report["figures"].get(metric)
            # With several metrics of one rule, that which is reported chose the checkpoint.
            if key not in RULES or value is None or one.metric.rpartition("/")[2] not in ("", metric):
                continue
            values[key][seed] = value
            if key == PUBLISHED and metric in (bounds := one.report.get("intervals") or {}):
                interval[seed] = (bounds[metric][1] - bounds[metric][0]) / 2
    return RuleGap(method, run, holdout, values, interval)


def _shown(values: Mapping[int, float], sign: str = "") -> str:
    return mean_std_text(values.values(), sign) if values else "-"
