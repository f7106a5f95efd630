# SPDX-License-Identifier: Apache-2.0
"""Explain the answer for one face."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from flip_mm.faces.crop import crop_face
from flip_mm.faces.face import Face
from flip_mm.inference.detector import Detector
from flip_mm.inference.examine import answered
from flip_mm.inference.preprocessing import face_crop
from flip_mm.inference.result import ANSWERED, Result, not_checked

from .box_moves import box_moves
from .cues import classical_cues
from .evidence import Evidence, blurred
from .explanation import Explanation
from .occlusion import occlusion_evidence

AUTO, GRADIENTS, OCCLUSION = "auto", "gradients", "occlusion"
MAPS = (AUTO, GRADIENTS, OCCLUSION)
# Largest side of the crop that the classical cues are computed from, in pixels.
CUE_SIDE = 1024


def explain_crop(
    detector: Detector, image: np.ndarray, face: Face | None, result: Result | None = None, maps: str = AUTO
) -> Explanation:
    """Explain the answer for one face.

    Args:
        detector: The model.
        image: (H, W, 3) uint8 RGB, upright.
        face: Its face; None if the image is a face crop.
        result: The answer for this face; None computes it.
        maps: ``'gradients'``; ``'occlusion'``; or ``'auto'``: gradients where they are possible, otherwise occlusion.

    Raises:
        ValueError: Gradients are asked for, and the model has none or another structure.
        ImportError: scikit-image is not installed.
    """
    runtime, card = detector.runtime, detector.card
    crops = [face_crop(image, face, spec) for spec in card.inputs]
    evidence, note = find_evidence(detector, crops, maps)
    if result is None:
        known = not_checked((), decision=detector.decision, face=face)
        result = answered(known, runtime([crop[None] for crop in crops]), card, detector.decision)
    return Explanation(
        result,
        card.name,
        image,
        tuple(evidence),
        classical_cues(_at_own_resolution(image, face)),
        box_moves(runtime, image, face),
        float(runtime([blurred(crop)[None] for crop in crops]).p_real(card.temperature)[0]),
        card.prompts,
        note,
    )


def find_evidence(detector: Detector, crops: Sequence[np.ndarray], maps: str = AUTO) -> tuple[list[Evidence], str]:
    """Compute the maps of one face.

    Args:
        detector: The model.
        crops: For each input (h, w, 3) uint8 RGB.
        maps: See :func:`explain_crop`.

    Returns:
        The maps of each input; and why they are by occlusion, or ''.

    Raises:
        ValueError: See :func:`explain_crop`.
    """
    if maps not in MAPS:
        raise ValueError(f"maps={maps!r}: choose from {', '.join(MAPS)}.")
    if maps == OCCLUSION:
        return occlusion_evidence(detector.runtime, crops), ""
    if not hasattr(detector.runtime, "network"):
        problem = "this model file has no gradients, only a .safetensors file has"
    else:
        from .network_evidence import NoMapError, network_evidence

        try:
            return network_evidence(detector.runtime, crops), ""
        except NoMapError as error:
            problem = str(error)
    if maps == GRADIENTS:
        raise ValueError(f"The model '{detector.card.name}' has no maps by gradients: {problem}. Use the maps by occlusion.")
    return occlusion_evidence(detector.runtime, crops), f"Maps by occlusion: {problem}."


def _at_own_resolution(image: np.ndarray, face: Face | None) -> np.ndarray:
    """The face without a change of size, as far as it is not very large."""
    height, width = image.shape[:2]
    if face is None:
        if max(height, width) <= CUE_SIDE:
            return image
        face = Face((0.0, 0.0, float(width), float(height)))
    x0, y0, x1, y1 = face.box
    return crop_face(image, Face(face.box), min(math.ceil(max(x1 - x0, y1 - y0)), CUE_SIDE), margin=0.0)


def explain_result(detector: Detector, result: Result, image: np.ndarray | None, maps: str = AUTO) -> Explanation:
    """Explain an answer of :meth:`Detector.predict <flip_mm.inference.detector.Detector.predict>`.

    Args:
        detector: The model that gave it.
        result: The answer; one without a score is explained by its reasons.
        image: (H, W, 3) uint8 RGB, the picture that was checked; None if it could not be read.
        maps: See :func:`explain_crop`.

    Raises:
        ValueError: See :func:`explain_crop`.
    """
    if image is None or result.state != ANSWERED:
        return Explanation(result, detector.card.name, image)
    return explain_crop(detector, image, result.face, result, maps)


def explain(detector: Detector, source: Any, maps: str = AUTO, **options: Any) -> Iterator[Explanation]:
    """Check pictures, and explain each answer.

    Args:
        detector: The model.
        source: What :meth:`Detector.examine <flip_mm.inference.detector.Detector.examine>` takes; each frame of a recording is
            explained.
        maps: See :func:`explain_crop`.
        **options: Of ``examine``.

    Yields:
        One explanation for each picture and frame, in order.

    Raises:
        ValueError: An option is wrong; or see :func:`explain_crop`.
    """
    for item in detector.examine(source, **{"batch_size": 1, **options}):
        yield explain_result(detector, item.result, item.image, maps)
