# SPDX-License-Identifier: Apache-2.0
"""The answer for one face or picture."""

from __future__ import annotations

from dataclasses import dataclass, field

from flip_mm.faces.face import Face

from .model_card import Decision

LIVE, SPOOF, UNSURE = "live", "spoof", "unsure"
ANSWERED, NOT_CHECKED = "answered", "not checked"


@dataclass(frozen=True)
class Reason:
    """Why a verdict is what it is.

    Attributes:
        code: Fixed word for programs.
        advice: One sentence for people.
    """

    code: str
    advice: str


@dataclass(frozen=True)
class Result:
    """The answer for one face.

    Attributes:
        verdict: ``'live'``, ``'spoof'`` or ``'unsure'``.
        state: ``'answered'``, or ``'not checked'`` if no score was computed.
        p_real: Probability of a live face in 0..1; None if it was not computed.
        decision: The thresholds and their origin; None without.
        face: The face that was checked; None for a given crop, or without a face.
        similarities: Prompt -> cosine similarity; empty without prompts.
        reasons: At least one unless the verdict is live or spoof.
        source: Name of the picture.
    """

    verdict: str
    state: str = ANSWERED
    p_real: float | None = None
    decision: Decision | None = None
    face: Face | None = None
    similarities: dict[str, float] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    source: str = ""


def decide(p_real: float, decision: Decision | None) -> tuple[str, tuple[Reason, ...]]:
    """Return the verdict for a probability, and the reasons if it is unsure.

    Args:
        p_real: Probability of a live face.
        decision: The thresholds; without them nothing can be decided.
    """
    if decision is None:
        return UNSURE, (Reason("no_threshold", "The model has no threshold: run flip_mm calibrate, or give one."),)
    if p_real >= decision.accept:
        return LIVE, ()
    if p_real < decision.reject:
        return SPOOF, ()
    return UNSURE, (Reason("review", "The score is between the two thresholds: let a person decide, or take another picture."),)
