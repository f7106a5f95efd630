# SPDX-License-Identifier: Apache-2.0
"""Faults in how a detector is connected: wrong output, softmax twice, wrong colours or pixel range, unstable answers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from flip_mm.evaluation.checks import Floats

from .finding import ERROR, GOOD, NOTE, WARNING, Finding
from .samples import Sample
from .scoring import Scored, presentations
from .separation import ENOUGH, auc, is_better, is_few, separation
from .subject import ROUNDING, Subject, View, probabilities

# Differences of p_live: rounding of float32, and what a person would call another answer.
SAME, VISIBLE = 1e-5, 1e-3
# AUC of a detector that works somehow: below it, another setting is no explanation.
USEFUL = 0.8
# Smallest spread of scores that can be called squeezed, and not weak.
SPREAD = 0.2
CONSTANT = 1e-6
# (mean, std) for pixels in 0..255 -> its name.
PIXELS = {
    "0..255": ((0.0,) * 3, (1.0,) * 3),
    "0..1": ((0.0,) * 3, (255.0,) * 3),
    "-1..1": ((127.5,) * 3, (127.5,) * 3),
    "ImageNet's mean and standard deviation": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
}


def check_polarity(scored: Scored, subject: Subject) -> Finding:
    """Say whether live pictures have the higher scores; name a better output if there is one."""
    labels, _, scores = scored.presentations()
    if np.ptp(scored.scores) < CONSTANT:
        return Finding(
            ERROR,
            "constant",
            f"All pictures have the same score, {scored.scores[0]:.4f}.",
            "Check crop, pixel range and the name of the output: the network sees nothing, or the output is not its answer.",
        )
    found = separation(scores, labels)
    chance = (
        f"the AUC is {found.auc:.3f}, and scores without any information reach this with a probability of {found.chance:.0%}"
    )
    if not found.is_certain and is_few(labels):
        text = f"These {len(labels)} presentations do not show which output means live: {chance}."
        return Finding(WARNING, "polarity", text, "Use more pictures.")
    if not found.is_certain:
        text = f"The scores do not separate live pictures from attacks: {chance}."
        return Finding(ERROR, "chance", text, "Check crop and pixel range; or it was not made for such pictures.")
    if found.auc > 0.5:
        return Finding(GOOD, "polarity", f"Live pictures have higher scores than attacks (AUC {found.auc:.3f}).")
    higher = f"with `live: {subject.live}`, attacks have higher scores than live pictures (AUC {found.auc:.3f})"
    if found.auc > 1 - USEFUL:
        text = f"Either the classes are swapped or it does not work on these pictures: {higher}."
        return Finding(ERROR, "polarity", text, "Find out which output means live before anything else.")
    advice = f"Set `live: {1 - subject.live}`."
    if (columns := scored.raw.shape[1]) > 2:
        best = max(range(columns), key=lambda number: _auc_of(scored, number, subject.softmax))
        advice = f"Set `live: {best}`, which gives an AUC of {_auc_of(scored, best, subject.softmax):.3f}."
    return Finding(ERROR, "polarity", f"The classes are swapped: {higher}.", advice)


def _auc_of(scored: Scored, number: int, softmax: bool) -> float:
    labels, _, scores = presentations(scored.samples, probabilities(scored.raw, number, softmax))
    return auc(scores, labels)


def check_softmax(raw: Floats, scores: Floats, softmax: bool) -> Finding:
    """Say whether softmax is applied twice.

    Args:
        raw: (N, K) outputs of the detector.
        scores: (N,) p_live.
        softmax: Whether the description says that the outputs are probabilities.
    """
    low, high = raw.min(), raw.max()
    sums_to_one = raw.shape[1] == 1 or bool(np.abs(raw.sum(1) - 1).max() < 1e-3)
    if not softmax and low >= -ROUNDING and high <= 1 + ROUNDING and sums_to_one:
        return Finding(
            ERROR,
            "softmax_twice",
            f"Softmax is applied twice: the outputs are probabilities already ({low:.3f} to {high:.3f}), and `softmax: false` "
            f"squeezes the scores into {scores.min():.3f} to {scores.max():.3f}.",
            "Set `softmax: true`.",
        )
    if softmax and raw.shape[1] > 1 and not sums_to_one:
        text = f"The outputs are in 0..1, but their sum is {raw.sum(1).min():.3f} to {raw.sum(1).max():.3f} and not 1."
        return Finding(WARNING, "no_probabilities", text, "Check which output this is, and whether softmax is inside.")
    least, most = _squeezed(max(2, raw.shape[1]))
    if softmax and low >= least - 1e-3 and high <= most + 1e-3 and np.ptp(scores) > SPREAD:
        range_twice = f"{least:.3f} to {most:.3f}, the range of softmax applied twice"
        text = f"All outputs lie in {low:.3f} to {high:.3f}, inside {range_twice}."
        advice = "Look whether graph and code both apply softmax or a sigmoid. Thresholds near 0 or 1 have no effect here."
        return Finding(ERROR, "softmax_twice", text, advice)
    return Finding(GOOD, "softmax", f"Softmax is applied once: the scores reach from {scores.min():.4f} to {scores.max():.4f}.")


def _squeezed(classes: int) -> tuple[float, float]:
    """Smallest and largest softmax of probabilities; also the range of a sigmoid of a probability (2 classes)."""
    return 1 / (math.e + classes - 1), math.e / (math.e + classes - 1)


def check_colours(samples: Sequence[Sample], scores: Floats, swapped: Floats) -> Finding:
    """Say whether another order of colours would be better.

    Args:
        samples: N pictures.
        scores: (N,) p_live.
        swapped: (N,) p_live with red and blue exchanged.
    """
    largest = np.abs(swapped - scores).max()
    labels, _, own = presentations(samples, scores)
    other = presentations(samples, swapped).scores
    before, after = auc(own, labels), auc(other, labels)
    if largest < SAME:
        return Finding(NOTE, "colours", "Red and blue can be exchanged without any effect: the detector does not use colour.")
    changes = f"the AUC changes from {before:.3f} to {after:.3f}, a score by up to {largest:.3f}"
    if is_better(own, other, labels):
        if after >= USEFUL:
            text = f"Red and blue are exchanged: with the other order, the AUC is {after:.3f} and not {before:.3f}."
            return Finding(ERROR, "colours", text, "Set `colour` to the other order.")
        text = f"With red and blue exchanged, {changes}: the other order is better, but neither is good."
        return Finding(WARNING, "colours", text, "Find out which order the network was trained with.")
    few = f" Fewer than {ENOUGH} presentations of a class cannot show which order is right." if is_few(labels) else ""
    return Finding(NOTE if few or after >= before else GOOD, "colours", f"With red and blue exchanged, {changes}.{few}")


def check_pixels(samples: Sequence[Sample], scores: Floats, others: dict[str, Floats]) -> Finding | None:
    """Say whether another range of pixel values would be better.

    Args:
        samples: N pictures.
        scores: (N,) p_live.
        others: Name of another normalisation -> (N,) p_live.

    Returns:
        None without other normalisations.
    """
    if not others:
        return None
    labels, _, own = presentations(samples, scores)
    rated = {name: presentations(samples, values).scores for name, values in others.items()}
    areas = {name: auc(values, labels) for name, values in rated.items()}
    best = max(areas, key=areas.__getitem__)
    listed = ", ".join(f"{name}: {area:.3f}" for name, area in areas.items())
    described = auc(own, labels)
    if is_better(own, rated[best], labels):
        gives = f"{best} gives an AUC of {areas[best]:.3f}, the description {described:.3f}"
        advice = "Correct `mean` and `std`, which are in the unit of pixel values, 0..255."
        if areas[best] >= USEFUL:
            return Finding(ERROR, "pixels", f"The pixel range is wrong: {gives}.", advice)
        return Finding(WARNING, "pixels", f"Another pixel range is better, but neither is good: {gives}.", advice)
    few = f" Fewer than {ENOUGH} presentations of a class cannot show which range is right." if is_few(labels) else ""
    text = f"No other pixel range is better than the described one (AUC {described:.3f}; {listed}).{few}"
    return Finding(NOTE if few else GOOD, "pixels", text)


def check_repeatability(subject: Subject, views: Sequence[View]) -> list[Finding]:
    """Say whether the same picture gives the same score again, and in another batch."""
    together = subject.p_live(views)
    again = float(np.abs(subject.p_live(views) - together).max())
    alone = float(np.abs(np.concatenate([subject.p_live([view]) for view in views]) - together).max())
    found = []
    if again > SAME:
        text = f"The same pictures give other scores the second time (difference up to {again:.2g})."
        found.append(Finding(ERROR, "random", text, "Switch off dropout and random augmentation: use the evaluation mode."))
    else:
        found.append(Finding(GOOD, "random", f"The same {len(views)} pictures give the same scores again."))
    if alone > VISIBLE and alone > 2 * again:
        text = f"A score depends on the other pictures of its batch (difference up to {alone:.2g})."
        found.append(Finding(ERROR, "batch", text, "Check batch normalisation: it must use its stored statistics."))
    elif alone <= VISIBLE:
        text = f"A picture has the same score alone and in a batch of {len(views)} (difference up to {alone:.1g})."
        found.append(Finding(GOOD, "batch", text))
    return found


def check_blank(subject: Subject, threshold: float) -> list[Finding]:
    """Say what the detector answers to pictures without a face."""
    side = 256
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    blank = {"black": 0, "grey": 128, "white": 255}
    pictures = {name: np.full((side, side, 3), value, np.uint8) for name, value in blank.items()} | {"noise": noise}
    scores = dict(zip(pictures, subject.p_live([(image, None) for image in pictures.values()]).tolist(), strict=True))
    listed = ", ".join(f"{name} {score:.3f}" for name, score in scores.items())
    if accepted := [name for name, score in scores.items() if score >= threshold]:
        text = f"Pictures without a face are accepted as live: {', '.join(accepted)} (p_live: {listed})."
        return [Finding(WARNING, "blank", text, "Never ask this detector without a face detector before it.")]
    return [Finding(GOOD, "blank", f"Pictures without a face are rejected (p_live: {listed}).")]
