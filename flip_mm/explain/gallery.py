# SPDX-License-Identifier: Apache-2.0
"""A page with the mistakes of a model, those first of which it was most sure; as section 8 of the FLIP paper shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flip_mm.inference.detector import Detector
from flip_mm.inference.model_card import Decision
from flip_mm.inference.preprocessing import face_crop
from flip_mm.inference.result import Result
from flip_mm.visualization.html_page import Picture, thumbnail, write_page
from flip_mm.visualization.mistake_pictures import short_name

from . import words
from .face_explanation import AUTO, find_evidence
from .gallery_samples import Sample
from .overlay import COLOURS, overlay

# Pixels of a face, and of the gap between the face and its map.
SIDE, GAP = 180, 6
MISTAKES = "Real faces taken for spoof", "Attacks taken for live"
# Titles without a threshold.
EXTREMES = "Real faces with the lowest scores", "Attacks with the highest scores"
# Difference of two scores of one picture that is not rounding.
OTHER_SCORE = 0.01


@dataclass(frozen=True)
class Mistakes:
    """Samples on the wrong side, those first of which the model was most sure.

    Attributes:
        rejected: Real faces with the verdict spoof, lowest score first.
        accepted: Attacks with the verdict live, highest score first.
        unsure: Number of samples between the thresholds.
        are_mistakes: False without a threshold: then these are the real faces with the lowest and the attacks with the highest
            scores.
    """

    rejected: list[Sample]
    accepted: list[Sample]
    unsure: int
    are_mistakes: bool


def find_mistakes(samples: Sequence[Sample], decision: Decision | None) -> Mistakes:
    """Compare scores with the thresholds."""
    scored = [sample for sample in samples if sample.p_real is not None]
    reject, accept = (decision.reject, decision.accept) if decision else (np.inf, -np.inf)
    rejected = sorted((own for own in scored if own.is_real and own.p_real < reject), key=lambda own: own.p_real)
    accepted = sorted((own for own in scored if not own.is_real and own.p_real >= accept), key=lambda own: -own.p_real)
    return Mistakes(rejected, accepted, sum(reject <= own.p_real < accept for own in scored), decision is not None)


def write_gallery(detector: Detector, samples: Sequence[Sample], path: Path, most: int = 24, maps: str = AUTO) -> str:
    """Write the page.

    Args:
        detector: The model.
        samples: Scored pictures.
        path: The page.
        most: Number of pictures of each kind.
        maps: See :func:`~flip_mm.explain.face_explanation.explain_crop`.

    Returns:
        One line for people: how many mistakes there are.

    Raises:
        ImportError: Jinja2 is not installed.
        OSError: The page cannot be written.
    """
    found = find_mistakes(samples, detector.decision)
    titles = MISTAKES if found.are_mistakes else EXTREMES
    groups = [
        dict(title=title, total=len(own), pictures=list(_pictures(detector, own[:most], name, maps)))
        for title, own, name in zip(titles, (found.rejected, found.accepted), ("spoof", "live"), strict=True)
    ]
    reals = sum(own.is_real and own.p_real is not None for own in samples)
    attacks = sum(not own.is_real and own.p_real is not None for own in samples)
    if found.are_mistakes:
        counts = (
            f"{len(found.rejected)} of {reals} real faces were taken for spoof, {len(found.accepted)} of {attacks} attacks for "
            f"live; {found.unsure} of all are between the thresholds."
        )
    else:
        counts = f"{reals} real faces, {attacks} attacks. No threshold is known, so nothing is a mistake."
    unchecked = [sample for sample in samples if sample.p_real is None]
    write_page(
        "gallery.html",
        path,
        title=f"Mistakes of {detector.card.name}" if found.are_mistakes else f"Extreme scores of {detector.card.name}",
        sentences=list(filter(None, [counts, words.threshold(Result("", p_real=0.0, decision=detector.decision))])),
        groups=groups,
        unchecked=unchecked,
    )
    return f"{counts} {len(unchecked)} were not checked."


def _pictures(detector: Detector, samples: Sequence[Sample], name: str, maps: str) -> Iterator[Picture]:
    for sample in samples:
        try:
            image = sample.read()
        except (OSError, ValueError) as error:
            yield Picture("", _caption(sample), f"{short_name(sample.name)}: no picture, {error}")
            continue
        result = next(detector.examine(image, quality=False)).result
        detail = short_name(sample.name)
        if result.p_real is None:
            detail += ": not checked. " + " ".join(reason.advice for reason in result.reasons)
            yield Picture(thumbnail(image, SIDE), _caption(sample), detail)
            continue
        if abs(result.p_real - sample.p_real) > OTHER_SCORE:
            detail += f": this model gives it p_real {result.p_real:.3f}, so the file is of another one"
        if result.most_similar:
            detail += f". Most similar: {result.most_similar}"
        yield Picture(_pair(detector, image, result, name, maps), _caption(sample), detail)


def _caption(sample: Sample) -> str:
    return f"p_real {words.score(sample.p_real)}, {sample.kind}"


def _pair(detector: Detector, image: np.ndarray, result: Result, name: str, maps: str) -> str:
    """The face, and beside it the map of the wrong class."""
    crops = [face_crop(image, result.face, spec) for spec in detector.card.inputs]
    evidence = find_evidence(detector, crops, maps)[0][0]
    scale = max(1, round(SIDE / max(evidence.crop.shape[:2])))
    face = evidence.crop.repeat(scale, 0).repeat(scale, 1)
    mapped = overlay(evidence.crop, evidence.spoof if name == "spoof" else evidence.real, COLOURS[name], SIDE)
    gap = np.full((face.shape[0], GAP, 3), 255, np.uint8)
    return thumbnail(np.concatenate([face, gap, mapped], 1), 2 * SIDE + GAP)
