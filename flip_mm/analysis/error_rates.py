# SPDX-License-Identifier: Apache-2.0
"""Shares of misclassified videos, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

from flip_mm.evaluation import Report
from flip_mm.evaluation.iso30107 import Rate

# Section 8 of the FLIP paper, of its own runs: domain -> share of real samples that were taken for spoof, in percent.
PUBLISHED = {"I": 0.62, "O": 0.2}


@dataclass(frozen=True)
class ErrorRate:
    """How many samples of a kind were decided wrongly.

    Attributes:
        kind: ``'real'``, ``'spoof'``, or an attack type.
        rate: Errors and number of samples.
    """

    kind: str
    rate: Rate


def error_rates(report: Report) -> list[ErrorRate]:
    """Return the rate of rejected real samples, of accepted attacks, and of accepted attacks of each type."""
    iso = report.iso
    types = [ErrorRate(name, rate) for name, rate in iso.apcer.items()] if len(iso.apcer) > 1 else []
    return [ErrorRate("real", iso.bpcer), ErrorRate("spoof", iso.apcer_pooled), *types]
