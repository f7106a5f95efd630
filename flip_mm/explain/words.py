# SPDX-License-Identifier: Apache-2.0
"""Sentences of an explanation, for people who do not know the methods."""

from __future__ import annotations

from flip_mm.inference.result import Result, decide

from .box_moves import BoxMoves
from .explanation import Explanation

# Difference of scores that is named without a threshold.
JUMP = 0.3
# Share of moves that change an unreliable verdict.
UNSTEADY = 0.25
NO_PROOF = "It is no proof: it says what this model used, not whether the model is right."
# Of the panels.
PICTURE, UNCHECKED = "The frame is the face that was checked.", "Nothing in it was scored."
CROP = "The face at the {height} x {width} pixels of the network. Detail that is lost here cannot have changed the score."
MAP = "Strong colour: these places counted most for {name}. {no_proof}"
WEAK = "Hardly any place argues for {name}."
ROLLOUT = "How much of each place reaches the classification through all layers. It does not say for which class."
PROMPTS = 'Cosine similarity of the face and each sentence. The face is most similar to "{best}", a sentence for {name}.'
SHIFT = (
    "p_real if the box is shifted by a share of its size. White frame: the box that was used; orange frames: another verdict. "
    "{steady}"
)
SCALE = "p_real if the box is smaller or larger. A score that jumps here should not be trusted much."
LBP = "Fine texture: one colour for each pattern of 3 x 3 pixels. The dots of a print can give one even pattern."
SPECTRUM = "Coarse structure is in the middle. Bright points away from it can be the grid of a screen (moire) or of a print."
RADIAL = "The spectrum by fineness. A bump on the right can be a grid; an early fall means a blurred picture."
HIGH_PASS = "Fine detail alone. Look for dots, lines and stripes; skin has pores and hair."
CUE = "A cue for the eye; the model does not use it."


def headline(result: Result) -> str:
    """Return verdict and score, such as ``'SPOOF   p_real = 0.022'``."""
    if result.p_real is None:
        return "NOT CHECKED"
    return f"{result.verdict.upper()}   p_real {_with_sign(result.p_real)}"


def score(p_real: float) -> str:
    """Return a probability, rounded so that neither 0 nor 1 is printed for another value.

    Example:
        >>> score(0.02195), score(0.99999), score(1e-9)
        ('0.022', 'above 0.999', 'below 0.001')
    """
    if 0 < p_real < 0.001:
        return "below 0.001"
    return "above 0.999" if 0.999 < p_real < 1 else f"{p_real:.3f}"


def threshold(result: Result) -> str:
    """Return one sentence about the thresholds and where they come from; '' without them, because a reason says so."""
    if result.p_real is None:
        return "There is no score, so nothing was decided."
    if (decision := result.decision) is None:
        return ""
    review = f", spoof below {decision.reject:.4g}, between them a person decides" if decision.reject < decision.accept else ""
    rule = "" if decision.rule in decision.origin else f"{decision.rule}, "
    return f"Live from p_real {decision.accept:.4g}{review or ', spoof below'}. Threshold: {rule}{decision.origin}."


def sentences(explanation: Explanation) -> list[str]:
    """Return everything that is said above the panels."""
    result = explanation.result
    findings = [reason.advice for reason in (*result.reasons, *result.findings)]
    found = [threshold(result), *dict.fromkeys(findings), explanation.note]
    if explanation.moves is not None and changed_verdicts(result, explanation.moves) > UNSTEADY * len(explanation.moves.moved):
        found.insert(1, f"Do not rely on this verdict: {steadiness(result, explanation.moves)}")
    if explanation.p_blurred is not None:
        found.append(without_detail(explanation))
    return [sentence for sentence in found if sentence]


def without_detail(explanation: Explanation) -> str:
    """Return one sentence about the score of a blurred copy; integrated gradients begin there."""
    text = f"A blurred copy of this face, without any detail, has p_real {_with_sign(explanation.p_blurred)}"
    if explanation.evidence[0].method == "features":
        return f"{text}: the maps show what the detail in each place adds or takes away."
    return f"{text}."


def steadiness(result: Result, moves: BoxMoves) -> str:
    """Return one sentence about how steady a verdict is if the box moves."""
    scores = moves.moved
    span = f"All {len(scores)} scores: {score(scores.min())} to {score(scores.max())}."
    if result.decision is None:
        return f"{span} The score depends on where the box is." if scores.max() - scores.min() > JUMP else span
    changed = changed_verdicts(result, moves)
    return f"{changed} of {len(scores)} moves change the verdict." if changed else f"No move changes the verdict. {span}"


def changed_verdicts(result: Result, moves: BoxMoves) -> int:
    """Return the number of moved boxes with another verdict; 0 without thresholds."""
    verdict = decide(result.p_real, result.decision)[0]
    return sum(decide(p_real, result.decision)[0] != verdict for p_real in moves.moved)


def _with_sign(p_real: float) -> str:
    value = score(p_real)
    return value if value[0].isalpha() else f"= {value}"
