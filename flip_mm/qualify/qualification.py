# SPDX-License-Identifier: Apache-2.0
"""Judge a detector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flip_mm.evaluation.iso30107 import Rate
from flip_mm.labels import CLASSES

from .accuracy import Accuracy, accuracy, choose_threshold, describe, percent, plural
from .finding import ERROR, SEVERITIES, WARNING, Finding
from .probes import BASE, COLOURS, CROP, SHIFT, SWEEPS, Probe
from .samples import Sample, spread
from .scenes import Find, read_scenes, remembered
from .scoring import Scored, score_pictures, score_probes
from .stability import SweepPoint, describe_stability, sweep_point
from .subject import Subject
from .wiring import (
    PIXELS,
    check_blank,
    check_colours,
    check_pixels,
    check_polarity,
    check_repeatability,
    check_softmax,
)

# Pictures of the repeatability check.
REPEATED = 8


@dataclass(frozen=True)
class Qualification:
    """What was found about a detector.

    Attributes:
        subject: The detector.
        data: Description of the data.
        faces: How faces were found.
        scored: The pictures and their scores.
        accuracy: Error rates.
        points: Robustness.
        swept: Number of pictures of the sweeps.
        findings: Everything worth saying, errors first.
    """

    subject: Subject
    data: str
    faces: str
    scored: Scored
    accuracy: Accuracy
    points: list[SweepPoint]
    swept: int
    findings: list[Finding]

    @property
    def verdict(self) -> str:
        """One sentence."""
        counts = Counter(finding.severity for finding in self.findings)
        if errors := [finding for finding in self.findings if finding.severity == ERROR]:
            return f"Do not use it like this. {errors[0].text}"
        if unknown := [finding for finding in self.findings if finding.code == "polarity" and finding.severity == WARNING]:
            return f"Nothing can be said about its accuracy. {unknown[0].text}"
        iso, number = self.accuracy.iso, counts[WARNING]
        rates = f"APCER of the worst type ({iso.worst_attack}) {percent(iso.apcer_worst)}, BPCER {percent(iso.bpcer)}"
        risks = f" {plural(number, 'warning')}: see below." if number else ""
        return f"No fault in its connection was found. At threshold {self.accuracy.threshold.value:.4g}: {rates}.{risks}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON: rates as fractions."""
        own, iso = self.accuracy, self.accuracy.iso
        return dict(
            format=1,
            verdict=self.verdict,
            detector=dict(name=self.subject.name, kind=self.subject.kind, live=self.subject.live, softmax=self.subject.softmax)
            | dict(self.subject.facts),
            data=self.data,
            faces=self.faces,
            threshold=own.threshold._asdict(),
            APCER={kind: _rate(rate) for kind, rate in iso.apcer.items()},
            APCER_worst=dict(attack=iso.worst_attack, **_rate(iso.apcer_worst)),
            BPCER=_rate(iso.bpcer),
            metrics={name: getattr(own.metrics, name) for name in ("hter", "eer", "auc", "tpr_at_fpr1")},
            unanswered={kind: _rate(rate) for kind, rate in own.unanswered.items()},
            swept_pictures=self.swept,
            sweeps=[point._asdict() for point in self.points],
            findings=[finding._asdict() for finding in self.findings],
            pictures=[
                dict(file=sample.name, attack_type=sample.attack, label=sample.label, p_live=score)
                for sample, score in zip(self.scored.samples, self.scored.scores.tolist(), strict=True)
            ],
            not_answered=[dict(file=sample.name, reason=reason) for sample, reason in self.scored.unanswered],
        )


def _rate(rate: Rate) -> dict[str, Any]:
    return dict(rate=rate.value, wilson_95=list(rate.interval), errors=rate.errors, total=rate.total)


def qualify(
    subject: Subject,
    samples: Sequence[Sample],
    find: Find,
    threshold: float | None = None,
    rule: str | None = None,
    most: int = 100,
    data: str = "",
    faces: str = "",
) -> Qualification:
    """Judge a detector.

    Args:
        subject: The detector.
        samples: Pictures of both classes.
        find: Finds their faces.
        threshold: Threshold on p_live; None: the detector's own, or one that is fitted on the pictures.
        rule: Rule to fit it, see :func:`~flip_mm.qualify.accuracy.choose_threshold`.
        most: Maximum number of pictures that are changed and scored again; 0 for none.
        data: Description of the data.
        faces: How faces are found.

    Raises:
        ValueError: The detector returned something else than finite numbers, or a class has no answered picture.
        RuntimeError: The detector failed.
    """
    find = remembered(find)
    scored = score_pictures(subject, samples, find)
    _check_classes(scored)
    found = scored.presentations()
    own = accuracy(found, choose_threshold(subject, found, threshold, rule), _unanswered(samples, scored))
    at = own.threshold.value
    polarity = check_polarity(scored, subject)
    findings = [polarity, check_softmax(scored.raw, scored.scores, subject.softmax)]
    chosen = spread(scored.samples, most)
    points: list[SweepPoint] = []
    if len({sample.label for sample in chosen}) == len(CLASSES):
        probes = _sweeps(subject, chosen, find)
        base, swapped, *changed = score_probes(subject, chosen, find, [BASE, COLOURS, *probes])
        points = [sweep_point(BASE, chosen, base[0], base, at)]
        points += [sweep_point(probe, chosen, base[0], rows, at) for probe, rows in zip(probes, changed, strict=True)]
        # With swapped classes, a better setting has a smaller AUC.
        turned = polarity.code == "polarity" and polarity.severity == ERROR
        others = {} if subject.normalises_itself else _other_pixels(subject, chosen, find)
        own_scores, swapped_scores, *other_scores = (
            1 - scores if turned else scores for scores in (base[0], swapped[0], *others.values())
        )
        findings.append(check_colours(chosen, own_scores, swapped_scores))
        pixels = check_pixels(chosen, own_scores, dict(zip(others, other_scores, strict=True)))
        findings += [] if pixels is None else [pixels]
        views = [scene.view for scene in read_scenes(chosen[:: max(1, len(chosen) // REPEATED)], find) if scene.view]
        findings += check_repeatability(subject, views)
        findings += describe_stability(points)
    findings += check_blank(subject, at) + describe(own)
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return Qualification(subject, data, faces, scored, own, points, len(chosen), findings)


def _sweeps(subject: Subject, samples: Sequence[Sample], find: Find) -> list[Probe]:
    """The probes that change what the detector sees."""
    ignores_box = all(spec.crop == "whole" for spec in subject.inputs)
    has_box = next(scene.view[1] is not None for scene in read_scenes(samples, find) if scene.view)
    return [
        probe
        for probe in SWEEPS
        if not (probe.needs_box and not has_box) and not (probe.group in (CROP, SHIFT) and ignores_box and has_box)
    ]


def _other_pixels(subject: Subject, samples: Sequence[Sample], find: Find) -> dict[str, np.ndarray]:
    """Name of another normalisation -> (N,) p_live."""
    own = {(spec.mean, spec.std) for spec in subject.inputs}
    others = {name: pixels for name, pixels in PIXELS.items() if {pixels} != own}
    return {name: score_probes(subject.with_pixels(*pixels), samples, find, [BASE])[0][0] for name, pixels in others.items()}


def _unanswered(samples: Sequence[Sample], scored: Scored) -> dict[str, Rate]:
    total = Counter(sample.label for sample in samples)
    missing = Counter(sample.label for sample, _ in scored.unanswered)
    return {name: Rate(missing[label], total[label]) for label, name in enumerate(CLASSES)}


def _check_classes(scored: Scored) -> None:
    answered = Counter(sample.label for sample in scored.samples)
    for label, name in enumerate(CLASSES):
        if not answered[label]:
            reasons = Counter(reason for sample, reason in scored.unanswered if sample.label == label)
            common = f", most often because {reasons.most_common(1)[0][0]}" if reasons else ""
            raise ValueError(f"No picture of the class {name} was answered{common}: error rates need both classes.")
