# SPDX-License-Identifier: Apache-2.0
"""How much scores change when pictures and boxes do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from flip_mm.evaluation.checks import Floats

from .finding import GOOD, NOTE, WARNING, Finding
from .probes import ONE_PIXEL, SHIFT, Probe
from .samples import Sample
from .scoring import presentations
from .separation import auc

# Share of changed verdicts that needs a warning.
MANY_FLIPS = 0.05


class SweepPoint(NamedTuple):
    """Scores under one condition, compared with those of unchanged pictures.

    Attributes:
        group: What was varied.
        label: The value as text.
        apcer: Share of all attack presentations that are accepted; the mean over the changes of the probe.
        bpcer: Share of rejected live presentations.
        auc: Area under the ROC curve.
        mean_shift: Mean of |change of p_live| over pictures.
        largest_shift: Its maximum.
        largest_name: The picture of that maximum; '' if nothing changed.
        flips: Share of pictures that get another verdict.
    """

    group: str
    label: str
    apcer: float
    bpcer: float
    auc: float
    mean_shift: float
    largest_shift: float
    largest_name: str
    flips: float


def sweep_point(probe: Probe, samples: Sequence[Sample], scores: Floats, changed: Floats, threshold: float) -> SweepPoint:
    """Compare scores.

    Args:
        probe: The condition.
        samples: N pictures.
        scores: (N,) p_live of the unchanged pictures.
        changed: (V, N) p_live under the condition.
        threshold: Threshold on p_live.
    """
    shifts = np.abs(changed - scores)
    largest = int(shifts.max(0).argmax())
    rates = [_rates(samples, row, threshold) for row in changed]
    apcer, bpcer, area = np.mean(rates, axis=0).tolist()
    flips = float(((changed >= threshold) != (scores >= threshold)).mean())
    shift = float(shifts.max())
    name = samples[largest].name if shift else ""
    return SweepPoint(probe.group, probe.label, apcer, bpcer, area, float(shifts.mean()), shift, name, flips)


def _rates(samples: Sequence[Sample], scores: Floats, threshold: float) -> tuple[float, float, float]:
    labels, _, own = presentations(samples, scores)
    accepts = own >= threshold
    return float(accepts[labels == 0].mean()), float((~accepts[labels == 1]).mean()), auc(own, labels)


def describe_stability(points: Sequence[SweepPoint]) -> list[Finding]:
    """Say in words which change matters most."""
    found = []
    pixel = next((point for point in points if (point.group, point.label) == (SHIFT, ONE_PIXEL)), None)
    if pixel is not None:
        text = f"Sides of the face box that move by one pixel change p_live by up to {pixel.largest_shift:.3f}"
        found.append(Finding(WARNING if pixel.flips else NOTE, "pixel", f"{text} ({pixel.largest_name})."))
    unstable = [point for point in points if point.flips > MANY_FLIPS]
    if unstable:
        groups = dict.fromkeys(point.group for point in unstable)
        worst = [max((own for own in unstable if own.group == group), key=lambda own: own.flips) for group in groups]
        listed = ", ".join(f"{point.group} {point.label} ({100 * point.flips:.0f} %)" for point in worst)
        text = f"More than {100 * MANY_FLIPS:.0f} % of the pictures get another verdict with: {listed}."
        found.append(Finding(WARNING, "unstable", text, "Average over several frames or crops, or set a review band."))
    if points and not unstable:
        text = f"No condition changes the verdict of more than {100 * MANY_FLIPS:.0f} % of the pictures."
        found.append(Finding(GOOD, "stable", text))
    return found
