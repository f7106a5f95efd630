# SPDX-License-Identifier: Apache-2.0
"""The metrics of a role, as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from flip_mm.utils.text import plain_name

from .abstention import COVERAGES, RiskCoverage, risk_coverage
from .calibration import calibration_error
from .curve import Metrics, Ranking
from .iso30107 import ISOMetrics, Rate, rates_at
from .options import PAPER, EvaluationOptions
from .provenance import Provenance
from .resampling import bootstrap_metrics
from .roles import DEV
from .score_table import ScoreTable
from .score_warnings import score_warnings
from .text_column import by_appearance, pairs
from .thresholds import fit, ranked_attacks


@dataclass(frozen=True)
class Report:
    """The metrics of one role.

    Attributes:
        role: ``'target'``, ``'dev'``.
        options: Threshold and level.
        samples: The scores of videos or frames, as the level says.
        ranking: The same, sorted.
        metrics: The metrics of the published tables, as fractions.
        iso: The metrics of ISO/IEC 30107-3, as fractions.
        calibration: Expected calibration error, as a fraction.
        abstention: The errors if the samples nearest to the threshold are not decided.
        provenance: The training and the checkpoint that the scores come from; None if unknown.
    """

    role: str
    options: EvaluationOptions
    samples: ScoreTable
    ranking: Ranking = field(repr=False)
    metrics: Metrics
    iso: ISOMetrics
    calibration: float
    abstention: RiskCoverage = field(repr=False)
    provenance: Provenance | None = None

    @property
    def counts(self) -> str:
        """Number of samples of each class."""
        real = int(self.samples.label.sum())
        return f"{real} real and {len(self.samples) - real} spoof {self.options.level}s"

    def scalars(self) -> dict[str, float]:
        """Return the logged metrics in percent, and the threshold."""
        return {
            "HTER": 100 * self.metrics.hter,
            "EER": 100 * self.metrics.eer,
            "AUC": 100 * self.metrics.auc,
            "TPR@FPR=1%": 100 * self.metrics.tpr_at_fpr1,
            "ACC": 100 * self.metrics.acc,
            "threshold": self.metrics.threshold,
            "APCER_worst": 100 * self.iso.apcer_worst.value,
            "BPCER": 100 * self.iso.bpcer.value,
            "ACER": 100 * self.iso.acer,
            "BPCER10": 100 * self.iso.bpcer10,
            "BPCER20": 100 * self.iso.bpcer20,
            "BPCER100": 100 * self.iso.bpcer100,
            "ECE": 100 * self.calibration,
            "AURC": 100 * self.abstention.area(),
        } | {f"risk@{coverage:.0%}": 100 * self.abstention.risk(coverage) for coverage in COVERAGES}

    @cached_property
    def warnings(self) -> list[str]:
        """Warnings about the scores, see :mod:`~flip_mm.evaluation.score_warnings`."""
        found = score_warnings(self.samples, self.ranking.curve, self.metrics, self.options.level)
        return [f"{self.role}: {text}" for text in found]

    def line(self) -> str:
        """Return one line: metrics, how threshold and checkpoint were chosen, number of samples, and the training."""
        names = ("HTER", "EER", "AUC", "TPR@FPR=1%", "ACC")
        text = "  ".join(f"{name} {self.scalars()[name]:.2f}" for name in names)
        known = self.provenance or Provenance()
        rules = ", ".join(filter(None, (self.options.origin(self.role), known.selection_text)))
        where = "; ".join(filter(None, (rules, self.counts, known.origin, known.target_seen)))
        return f"{self.role}: {text}  at {number(self.metrics.threshold)}, {where}"

    def table(self) -> str:
        """Return a table of the metrics of ISO/IEC 30107-3."""
        worst = self.iso.worst_attack
        rates = {f"APCER {name}": rate for name, rate in self.iso.apcer.items()}
        rates |= {f"APCER worst ({worst})": self.iso.apcer_worst, "APCER all attacks": self.iso.apcer_pooled}
        lines = [("", "%", "95 % Wilson", "errors")]
        lines += [_rate_line(name, rate) for name, rate in (rates | {"BPCER": self.iso.bpcer}).items()]
        lines += [("ACER", f"{100 * self.iso.acer:.2f}", "", "(APCER worst + BPCER) / 2")]
        for bound, value in ((10, self.iso.bpcer10), (5, self.iso.bpcer20), (1, self.iso.bpcer100)):
            lines += [(f"BPCER{100 // bound}", f"{100 * value:.2f}", "", f"where every attack's APCER <= {bound} %")]
        lines += [("ECE", f"{100 * self.calibration:.2f}", "", "calibration error")]
        lines += [("AURC", f"{100 * self.abstention.area():.2f}", "", "mean error over all shares that are decided")]
        for coverage in COVERAGES:
            risk = f"{100 * self.abstention.risk(coverage):.2f}"
            lines += [(f"risk@{coverage:.0%}", risk, "", f"error if {coverage:.0%} are decided, the most certain ones")]
        width = max(len(line[0]) for line in lines)
        head = f"{self.role} at {number(self.metrics.threshold)} ({self.options}), errors of {self.counts}:"
        origin = [f"  {self.provenance.line()}"] if self.provenance else []
        return "\n".join([head, *origin, *(f"  {a:<{width}}  {b:>6}  {c:>15}  {d}".rstrip() for a, b, c, d in lines)])

    def bootstrap(self, by: str, resamples: int = 1000, seed: int = 0) -> dict[str, tuple[float, float]]:
        """Return 95 % percentile intervals of HTER, AUC and TPR@FPR=1%, in percent.

        A threshold fitted on the same scores is fitted again on every resample; any other threshold stays fixed.

        Args:
            by: What is drawn: ``'video'``, or ``'subject'`` with all videos of the subject.
            resamples: Number of resamples.
            seed: Seed of the draws.

        Raises:
            ValueError: ``by`` is invalid, or the subject of a sample is unknown.
        """
        if by not in ("video", "subject"):
            raise ValueError(f"A bootstrap draws by 'video' or 'subject', got {by!r}.")
        table = self.samples
        if by == "video":
            groups = table.video_codes()
        else:
            unknown = int(np.count_nonzero(table.texts("subject") == ""))
            if unknown:
                raise ValueError(f"The subject of {unknown} {self.options.level}s of {self.role} is unknown: draw by 'video'.")
            groups = pairs(table.column("domain").coded(), table.column("subject").coded())
        refit = self.options.threshold == PAPER or (self.options.threshold == DEV and self.role == DEV)
        threshold, attacks = None if refit else self.metrics.threshold, table.column("attack_type").coded()
        bounds = bootstrap_metrics(self.ranking, groups, threshold, self.options.rule, attacks, resamples, seed)
        return dict(zip(("HTER", "AUC", "TPR@FPR=1%"), map(tuple, bounds.tolist()), strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return all values for JSON: rates in percent, and the threshold.

        ``rule`` describes how the threshold was chosen, and ``threshold_rule`` is its short name. ``threshold_oracle`` and
        ``checkpoint_oracle`` say whether threshold and checkpoint were chosen with labels of the target; None if unknown.
        """
        known = self.provenance
        rates = {**self.iso.apcer, "": self.iso.bpcer}
        described = {
            name: dict(
                percent=100 * rate.value,
                wilson_95=[100 * bound for bound in rate.interval],
                errors=rate.errors,
                total=rate.total,
            )
            for name, rate in rates.items()
        }
        bpcer = described.pop("")
        return dict(
            role=self.role,
            level=self.options.level,
            rule=self.options.origin(self.role),
            real=self.iso.bpcer.total,
            spoof=self.iso.apcer_pooled.total,
            figures=self.scalars(),
            APCER=described,
            BPCER=bpcer,
            warnings=self.warnings,
            threshold_rule=self.options.threshold_rule,
            threshold_oracle=self.options.is_oracle(self.role),
            checkpoint_oracle=known.is_oracle if known and known.rule else None,
            provenance=known and known.to_dict(),
        )


def make_reports(
    frames: Mapping[str, ScoreTable], options: EvaluationOptions, provenance: Provenance | None = None
) -> dict[str, Report]:
    """Compute the metrics of every role.

    Args:
        frames: Role -> scores of its frames.
        options: Threshold and level.
        provenance: The training and the checkpoint that the scores come from.

    Returns:
        Role -> report.

    Raises:
        ValueError: There are no scores, a class is missing, or ``'dev'`` has no role ``dev`` or one that shares videos with
            another role.
    """
    if not frames:
        raise ValueError("There are no scores to evaluate: the test list is empty.")
    samples = {role: table.at_level(options.level) for role, table in frames.items()}
    for table in samples.values():
        table.check_classes()
    rankings = {role: Ranking.of(table.score, table.label) for role, table in samples.items()}
    fixed = None if options.threshold == PAPER else options.threshold
    if options.threshold == DEV:
        if DEV not in samples:
            raise ValueError(
                f"threshold='dev' fits the threshold on held-out source videos (role '{DEV}'), but there are scores of "
                f"{', '.join(samples)} only: set run.holdout (--holdout 0.1), or threshold='paper' or a number."
            )
        for role in frames.keys() - {DEV}:
            _check_apart(frames[DEV], frames[role], role)
        attacks = ranked_attacks(rankings[DEV], samples[DEV].column("attack_type").coded())
        fixed = fit(rankings[DEV].curve, options.rule, [(scores, None) for scores in attacks.values()])
    reports = {}
    for role, table in samples.items():
        found = rankings[role].curve.metrics(fixed)
        iso = rates_at(rankings[role], found.threshold, table.column("attack_type").coded())
        calibration = calibration_error(table.score, table.label)
        abstention = risk_coverage.unchecked(table.score, table.label, found.threshold)
        reports[role] = Report(role, options, table, rankings[role], found, iso, calibration, abstention, provenance)
    return reports


def _check_apart(dev: ScoreTable, table: ScoreTable, role: str) -> None:
    """Refuse a threshold that would be fitted on videos of another role. Names are compared without case and blanks."""

    def names(table: ScoreTable) -> dict[tuple[str, ...], str]:
        domain, video = table.column("domain").coded(), table.video_codes()
        both = pairs(domain, video)
        first = by_appearance(both.codes, len(both.names))[1]
        used = zip(domain.take(first).texts(), video.take(first).texts(), strict=True)
        return {tuple(plain_name(part).casefold() for part in pair): pair[1] for pair in used}

    known, tested = names(dev), names(table)
    if shared := [video for name, video in tested.items() if name in known]:
        raise ValueError(
            f"{len(shared)} of {len(tested)} videos of {role} are also in {DEV}, among them '{shared[0]}': the threshold "
            f"would be fitted on tested videos. {DEV} must have other videos than {role}. If two different videos have the "
            "same name, give them different domains."
        )


def number(threshold: float) -> str:
    """Return a threshold as text: four digits if they are exact, otherwise all digits."""
    return f"{threshold:.4f}" if round(threshold, 4) == threshold else repr(threshold)


def _rate_line(name: str, rate: Rate) -> tuple[str, str, str, str]:
    low, high = (100 * bound for bound in rate.interval)
    return name, f"{100 * rate.value:.2f}", f"{low:.2f} .. {high:.2f}", f"{rate.errors} of {rate.total}"
