# SPDX-License-Identifier: Apache-2.0
"""The tables of the evaluation report, as texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flip_mm.evaluation import Provenance, Report
from flip_mm.evaluation.domain_results import DomainResult
from flip_mm.evaluation.iso30107 import ISOMetrics, Rate
from flip_mm.evaluation.operating_points import OperatingPoint
from flip_mm.evaluation.report import number
from flip_mm.evaluation.results import Result
from flip_mm.evaluation.roles import DEV
from flip_mm.evaluation.thresholds import parse_rule

UNKNOWN = "unknown"
NONE = "\u2013"


def short(threshold: float) -> str:
    """Return a threshold with four digits, or with as many as it takes to tell it from 0 and 1.

    Example:
        >>> short(0.7281), short(0.99999123), short(1.1)
        ('0.7281', '0.99999123', '1.1000')
    """
    text = f"{threshold:.4f}"
    return number(threshold) if text in ("0.0000", "1.0000") and threshold not in (0.0, 1.0) else text


class Cell(NamedTuple):
    """A cell: its text, and small text below it."""

    text: str
    detail: str = ""


def per_thousand(rate: Rate | None) -> Cell:
    r"""Return how many of 1000 are decided wrongly, with the 95 % Wilson interval.

    Example:
        >>> per_thousand(Rate(2, 50))
        Cell(text='40 of 1000', detail='11 to 135\n2 of 50 counted')
    """
    if rate is None:
        return Cell(NONE)
    low, high = (f"{1000 * bound:.0f}" for bound in rate.interval)
    return Cell(f"{1000 * rate.value:.0f} of 1000", f"{low} to {high}\n{rate.errors} of {rate.total} counted")


def percent(value: float | None) -> str:
    """Return a fraction in percent."""
    return NONE if value is None else f"{100 * value:.2f} %"


def rule_words(rule: str, pooled: bool = False) -> Cell:
    """Describe a threshold rule.

    Example:
        >>> rule_words("apcer=0.05")
        Cell(text='at most 5 % of the attacks of every type pass', detail='APCER 5 %')
    """
    name, bound = parse_rule(rule)
    share = f"{100 * bound:g} %"
    if name == "eer":
        return Cell("both kinds of mistakes equally often", "EER")
    if name == "bpcer":
        return Cell(f"at most {share} of the genuine users are rejected", f"BPCER {share}")
    attacks = "all attacks together" if pooled else "the attacks of every type"
    return Cell(f"at most {share} of {attacks} pass", f"APCER {share}")


class PointRow(NamedTuple):
    """A row of the table of thresholds; ``too_few`` replaces the numbers if the samples do not support the rule."""

    rule: Cell
    threshold: str
    rejected: Cell
    worst: Cell
    pooled: Cell
    note: str
    too_few: str
    in_use: bool = False


def point_rows(report: Report, points: Iterable[OperatingPoint]) -> list[PointRow]:
    """Return the rows of the table of thresholds: the one in use first."""
    rule = Cell("the threshold in use", report.options.origin(report.role))
    rows = [_point(rule, report.metrics.threshold, report.iso, in_use=True)]
    for point in points:
        words = rule_words(point.rule, point.pooled)
        if point.is_supported:
            note = f"too few to say of each type: {point.too_few}" if point.pooled else ""
            rows.append(_point(words, point.threshold, point.iso, note))
        else:
            rows.append(PointRow(words, NONE, Cell(NONE), Cell(NONE), Cell(NONE), "", f"too few to say: {point.too_few}"))
    return rows


def _point(rule: Cell, threshold: float, iso: ISOMetrics, note: str = "", in_use: bool = False) -> PointRow:
    worst = per_thousand(iso.apcer_worst)
    name = f"{iso.worst_attack}: " if iso.worst_attack else ""
    worst = Cell(worst.text, f"{name}{worst.detail}")
    return PointRow(rule, short(threshold), per_thousand(iso.bpcer), worst, per_thousand(iso.apcer_pooled), note, "", in_use)


def verdict_rows(report: Report, auc: tuple[float, float] | None) -> list[tuple[str, Cell, str]]:
    """Return what the report says in short: question, answer, and the class of its colour.

    Args:
        report: The evaluation.
        auc: 95 % interval of the AUC in percent; None if unknown.
    """
    known, iso = report.provenance or Provenance(), report.iso
    origin, oracle, chosen = report.options.origin(report.role), report.options.is_oracle(report.role), known.selection_text
    real, worst, pooled = (per_thousand(rate) for rate in (iso.bpcer, iso.apcer_worst, iso.apcer_pooled))
    between = "" if auc is None else f"95 %: {auc[0]:.2f} to {auc[1]:.2f} %, bootstrap by video; "
    optimistic = "Labels of the tested data chose it, and nobody has these before the system is in use: expect worse."
    return [
        ("How many genuine users are rejected?", Cell(real.text, f"95 %: {real.detail}"), ""),
        (
            "How many attacks pass, of the worst type?",
            Cell(worst.text, f"95 %: {worst.detail} ({iso.worst_attack or 'attacks'})"),
            "",
        ),
        ("How many attacks pass, of all types together?", Cell(pooled.text, f"95 %: {pooled.detail}"), ""),
        (
            "How well are the classes separated?",
            Cell(f"AUC {percent(report.metrics.auc)}", f"{between}100 % is perfect, 50 % is guessing"),
            "" if auc is None or auc[0] > 50 else "error",
        ),
        (
            "Which threshold decides?",
            Cell(short(report.metrics.threshold), f"{origin}\n{optimistic}" if oracle else origin),
            "warning" if oracle else "",
        ),
        (
            "How was the checkpoint chosen?",
            Cell(chosen or UNKNOWN, optimistic if known.is_oracle else ""),
            "warning" if known.is_oracle or not chosen else "",
        ),
        (
            "Can the probability be taken literally?",
            Cell(
                f"calibration error (ECE) {percent(report.calibration)}",
                "the mean distance of the probability from the share of real samples that have it; 0 is perfect",
            ),
            "",
        ),
        ("What was tested?", Cell(report.counts, known.target_seen or "unknown whether such images were in the training"), ""),
    ]


def attack_rows(report: Report) -> list[tuple[str, str, str, Cell, str]]:
    """Return a row for genuine users, each attack type, and all attacks: name, passed, rejected, wrong of 1000, and rate."""
    iso = report.iso
    wrong = iso.bpcer.errors
    rows = [("genuine users", str(iso.bpcer.total - wrong), str(wrong), per_thousand(iso.bpcer), f"BPCER {_rate(iso.bpcer)}")]
    rates = {**iso.apcer, **({"all attacks": iso.apcer_pooled} if len(iso.apcer) > 1 else {})}
    for name, rate in rates.items():
        passed = str(rate.errors), str(rate.total - rate.errors)
        rows.append((name or "attacks", *passed, per_thousand(rate), f"APCER {_rate(rate)}"))
    return rows


def domain_rows(domains: Iterable[DomainResult]) -> list[tuple[str, str, str, str, str, str, str]]:
    """Return a row for each domain: name, real samples, attacks, AUC, BPCER, worst APCER, ECE."""
    rows = []
    for own in domains:
        pooled, worst = own.pooled, own.worst
        rows.append(
            (
                own.name or UNKNOWN,
                str(own.bpcer.total if own.bpcer else 0),
                str(pooled.total if pooled else 0),
                percent(own.auc),
                _rate(own.bpcer),
                f"{_rate(worst[1])} {worst[0]}" if worst else NONE,
                percent(own.calibration),
            )
        )
    return rows


def rule_rows(reports: Mapping[str, Report]) -> list[tuple[str, str, str, str, str, str, str, bool]]:
    """Return a row for each way to choose the threshold: name, threshold, HTER, worst APCER, BPCER, ACER, remark, oracle."""
    rows = []
    for report in reports.values():
        oracle = report.options.is_oracle(report.role)
        iso = report.iso
        rows.append(
            (
                report.options.threshold_rule,
                short(report.metrics.threshold),
                percent(report.metrics.hter),
                _rate(iso.apcer_worst),
                _rate(iso.bpcer),
                percent(iso.acer),
                report.options.origin(report.role),
                oracle,
            )
        )
    return rows


def checkpoint_rows(results: Iterable[Result]) -> list[tuple[str, str, str, str, str, str, bool]]:
    """Return a row for each evaluated checkpoint: rule, file or iteration, split, threshold rule, HTER, AUC, oracle."""
    rows = []
    for result in results:
        known = result.provenance
        if result.role == DEV:
            continue
        at = "" if known.iteration is None else f"iteration {known.iteration}"
        hter, auc = (f"{result.metrics[name]:.2f} %" if name in result.metrics else NONE for name in ("HTER", "AUC"))
        rule = known.rule.meaning if known.rule else UNKNOWN
        split = "test" if result.split == "test" else "validation"
        rows.append((rule, known.checkpoint or at or UNKNOWN, split, result.threshold, hter, auc, known.is_oracle))
    return rows


def _rate(rate: Rate | None) -> str:
    if rate is None:
        return NONE
    low, high = rate.interval
    return f"{100 * rate.value:.2f} % ({100 * low:.2f} to {100 * high:.2f})"
