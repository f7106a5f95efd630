# SPDX-License-Identifier: Apache-2.0
"""Compare the answers of an exported file with those of the trained model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flip_mm.evaluation.functional import eer_threshold, metrics_at
from flip_mm.evaluation.iso30107 import iso_metrics
from flip_mm.inference.model_card import Decision
from flip_mm.inference.outputs import Outputs, Runtime

from .probes import Probes

BATCH = 10
# Largest difference of p_real from PyTorch.
TOLERANCES = {"fp32": 1e-4, "fp16": 1e-2}
# Of int8, which also changes scores far from the threshold: largest loss of AUC and HTER in percentage points.
POINTS = 0.5


@dataclass(frozen=True)
class Parity:
    """How a file differs from the trained model.

    Attributes:
        probes: What was compared.
        images: Number of images.
        p_difference: Largest difference of ``p_real``.
        mean_difference: Mean difference of ``p_real``.
        flips: Images that are accepted by one of both only.
        threshold: At which the flips and error rates are counted.
        threshold_origin: Where it comes from.
        pytorch: AUC, APCER (worst attack type), BPCER and HTER of PyTorch in percent; empty without labels.
        file: The same of the file.
    """

    probes: str
    images: int
    p_difference: float
    mean_difference: float
    flips: int
    threshold: float
    threshold_origin: str
    pytorch: dict[str, float]
    file: dict[str, float]

    def to_card(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Describe the comparison."""
        lines = [
            f"Compared with PyTorch on {self.images} {self.probes}: largest difference of p_real {self.p_difference:.1e}, mean "
            f"{self.mean_difference:.1e}; {self.flips} of {self.images} verdicts differ at {self.threshold:.4g} "
            f"({self.threshold_origin})."
        ]
        if self.pytorch:
            cells = (f"{name} {self.pytorch[name]:.2f} -> {self.file[name]:.2f}" for name in self.pytorch)
            lines.append(f"PyTorch -> file, percent: {', '.join(cells)}.")
        return lines

    def check(self, precision: str) -> None:
        """Refuse a file that differs too much.

        Args:
            precision: ``'fp32'``, ``'fp16'`` or ``'int8'``.

        Raises:
            ValueError: The message says by how much.
        """
        if precision in TOLERANCES:
            if self.p_difference > TOLERANCES[precision]:
                raise ValueError(
                    f"The file gives other answers than PyTorch: p_real differs by up to {self.p_difference:.1e} on "
                    f"{self.images} {self.probes}, {TOLERANCES[precision]:.0e} is allowed for {precision}. Nothing was written."
                )
            return
        for name, sign in (("AUC", 1), ("HTER", -1)):
            loss = sign * (self.pytorch[name] - self.file[name])
            if loss > POINTS:
                raise ValueError(
                    f"The {precision} file is less accurate than PyTorch: {name} {self.pytorch[name]:.2f} -> "
                    f"{self.file[name]:.2f} on {self.images} {self.probes}, {POINTS} points are allowed. Nothing was written."
                )


def compare(trained: Runtime, file: Runtime, probes: Probes, decision: Decision | None) -> Parity:
    """Run both on the same images.

    Args:
        trained: The trained model.
        file: The exported file.
        probes: Images of the only input.
        decision: Of the card. Without it verdicts are compared at the EER threshold of PyTorch's scores, and at 0.5 without
            labels.
    """
    want, got = (_scores(runtime, probes.crops) for runtime in (trained, file))
    if decision is not None:
        threshold, origin = decision.accept, "threshold of the model file"
    elif probes.is_labelled:
        threshold, origin = eer_threshold(want, probes.labels), "EER threshold of PyTorch"
    else:
        threshold, origin = 0.5, "for this comparison only"
    difference = np.abs(want - got)
    pytorch, found = ({}, {}) if not probes.is_labelled else (_rates(scores, probes, threshold) for scores in (want, got))
    return Parity(
        probes=probes.source,
        images=len(want),
        p_difference=float(difference.max()),
        mean_difference=float(difference.mean()),
        flips=int(((want >= threshold) != (got >= threshold)).sum()),
        threshold=float(threshold),
        threshold_origin=origin,
        pytorch=pytorch,
        file=found,
    )


def _scores(runtime: Runtime, crops: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return p_real (N,) without calibration; the first image alone, so that two sizes of a batch are tried."""
    parts = [crops[:1], *(crops[start : start + BATCH] for start in range(1, len(crops), BATCH))]
    outputs: list[Outputs] = [runtime([part]) for part in parts]
    return np.concatenate([output.p_real() for output in outputs])


def _rates(scores: NDArray[np.float64], probes: Probes, threshold: float) -> dict[str, float]:
    metrics = metrics_at(scores, probes.labels, threshold)
    iso = iso_metrics(scores, probes.labels, threshold, probes.attacks)
    rates = dict(AUC=metrics.auc, APCER=iso.apcer_worst.value, BPCER=iso.bpcer.value, HTER=metrics.hter)
    return {name: 100 * float(value) for name, value in rates.items()}
