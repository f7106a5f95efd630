# SPDX-License-Identifier: Apache-2.0
"""Say in a few sentences how a result compares with the published one, and what differs."""

from __future__ import annotations

from collections.abc import Sequence

from .checklist import Check
from .data_checks import OTHER_TEST_SET
from .finding import DATA, MEASUREMENT, METHOD, ROUNDING, UNKNOWN
from .rows import AVERAGE, Row

METRIC = "HTER"
SYNTHETIC = "The images are synthetic: a comparison with published values means nothing."
OTHER_SET = "The test set is another one than the authors': a comparison with published values means little."
NOTHING = "The records show no difference from the published recipe that changes method, data or measurement."
# More differences than these are counted.
MOST = 6
# A difference of so many points is named even if it is within the spread of the seeds: few seeds can have a wide spread.
NOTABLE = 1.0
SPREAD = {True: "within the spread of your", False: "outside the spread of your", None: "spread unknown with"}
SAMPLE = {True: ", within the interval of the test set", False: ", outside the interval of the test set", None: ""}


def verdict(rows: Sequence[Row], checks: Sequence[Check], synthetic: bool) -> str:
    """Return the verdict of one method.

    Args:
        rows: From :func:`~flip_mm.reproduction.rows.make_rows`.
        checks: From :func:`~flip_mm.reproduction.checklist.check_trainings`.
        synthetic: Whether any images are synthetic.
    """
    parts = []
    if synthetic:
        parts.append(SYNTHETIC)
    elif any(check.finding.phrase.startswith(OTHER_TEST_SET) for check in checks):
        parts.append(OTHER_SET)
    if not synthetic:
        parts += _results([row for row in rows if row.metric == METRIC])
    parts += _differences(checks)
    return " ".join(parts)


def _results(rows: Sequence[Row]) -> list[str]:
    compared = [row for row in rows if row.difference is not None and row.run != AVERAGE]
    if not compared:
        reasons = "; ".join(dict.fromkeys(row.reason for row in rows if row.reason)) or f"no {METRIC} in the records"
        return [f"No result can be compared: {reasons}."]
    close = [_target(row.run) for row in compared if row.in_spread and abs(row.difference or 0.0) < NOTABLE]
    parts = [_one(row) for row in compared if not row.in_spread or abs(row.difference or 0.0) >= NOTABLE]
    if close:
        parts.append(f"within the spread of your seeds on {', '.join(close)}")
    return [_sentence("; ".join(parts))]


def _one(row: Row) -> str:
    difference = abs(row.difference or 0.0)
    amount = f"{difference:.1f} points {'worse' if row.is_worse else 'better'}" if difference >= 0.05 else "equal"
    seeds = "1 seed" if len(row.values) == 1 else f"{len(row.values)} seeds"
    values = f"{METRIC} {row.text}, published {row.published:.2f}"
    return f"{amount} on {_target(row.run)} ({values}), {SPREAD[row.in_spread]} {seeds}{SAMPLE[row.in_sample]}"


def _differences(checks: Sequence[Check]) -> list[str]:
    if not checks:
        return []
    texts = {
        severity: [_with_runs(check) for check in checks if check.finding.severity == severity]
        for severity in (DATA, METHOD, MEASUREMENT, ROUNDING, UNKNOWN)
    }
    serious = texts[DATA] + texts[METHOD] + texts[MEASUREMENT]
    sentences = [f"What differs: {_first(serious)}." if serious else NOTHING]
    if texts[ROUNDING]:
        sentences.append(f"Differences that change only rounding: {_first(texts[ROUNDING])}.")
    if texts[UNKNOWN]:
        sentences.append(f"Unknown: {_first(texts[UNKNOWN])}.")
    return sentences


def _with_runs(check: Check) -> str:
    return f"{check.finding.text} ({', '.join(check.runs)})" if check.runs else check.finding.text


def _first(texts: Sequence[str]) -> str:
    more = len(texts) - MOST
    return "; ".join(texts[:MOST]) + (f"; and {more} more" if more > 0 else "")


def _target(run: str) -> str:
    """``'OCI->M'`` -> ``'M'``; a run with one source keeps its name, because its target has several runs."""
    sources, _, target = run.partition("->")
    return target if len(sources) > 1 and target else run


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
