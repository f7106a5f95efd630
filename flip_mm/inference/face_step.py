# SPDX-License-Identifier: Apache-2.0
"""From a picture to the crops that a network takes, or to the reasons why there is no score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from flip_mm.faces.crop import crop_face
from flip_mm.faces.face import Face
from flip_mm.faces.face_quality import Finding, quality_findings
from flip_mm.faces.locate import LocatedFaces
from flip_mm.faces.moved_boxes import AVERAGED, Move, move_face, whole_image

from .face_choice import FaceChoice
from .model_card import InputSpec
from .preprocessing import face_crop
from .reasons import Reason

MAX_AVERAGE = len(AVERAGED)


@dataclass(frozen=True)
class FaceStep:
    """What is known about a picture before the network.

    Attributes:
        face: The face that is checked; None for a given crop or without a face.
        crops: For each crop that is averaged, one (H, W, 3) uint8 RGB for each input; empty if nothing is scored.
        findings: Quality of picture and face.
        reasons: Why nothing is scored.
    """

    face: Face | None = None
    crops: Sequence[Sequence[np.ndarray]] = ()
    findings: tuple[Reason, ...] = ()
    reasons: tuple[Reason, ...] = ()


def face_step(
    image: np.ndarray,
    number: int,
    choice: FaceChoice,
    inputs: Sequence[InputSpec],
    average: int = 1,
    quality: bool = True,
) -> FaceStep:
    """Find the face, look at its quality, and crop it.

    Args:
        image: (H, W, 3) uint8 RGB.
        number: Number of the picture or recording.
        choice: Which face.
        inputs: Of the network.
        average: Number of crops.
        quality: Whether a finding about the quality can prevent a score.
    """
    found = choice(image, number)
    if isinstance(found, Reason):
        return FaceStep(reasons=(found,))
    findings = _findings(image, found, inputs[0])
    if choice.is_box:
        # A given box has neither landmarks nor a score to doubt it.
        findings = [finding for finding in findings if finding.code != "uncertain_box"]
    blocking = tuple(Reason(finding.code, finding.advice) for finding in findings if finding.blocks)
    step = FaceStep(found.face if found else None, findings=tuple(Reason(finding.code, finding.advice) for finding in findings))
    if found is not None and found.face is None:
        return FaceStep(reasons=blocking)
    if quality and blocking:
        return replace(step, reasons=blocking)
    return replace(step, crops=[_crops(image, step.face, inputs, move) for move in AVERAGED[:average]])


def _findings(image: np.ndarray, found: LocatedFaces | None, spec: InputSpec) -> list[Finding]:
    if found is None:
        return quality_findings(None, None, None, image)
    if found.face is None:
        return quality_findings(image, None, [], None)
    margin = spec.margin if spec.crop == "square" else 0.1
    return quality_findings(image, found.face, found.faces, crop_face(image, found.face, spec.crop_size, margin), margin)


def _crops(image: np.ndarray, face: Face | None, inputs: Sequence[InputSpec], move: Move) -> list[np.ndarray]:
    if move != Move() and face is None:
        # A given crop has its margin already.
        inputs = [replace(spec, margin=0.0, scale=1.0) for spec in inputs]
        face = whole_image(image)
    moved = face if face is None or move == Move() else move_face(face, move)
    return [face_crop(image, moved, spec) for spec in inputs]
