# SPDX-License-Identifier: Apache-2.0
"""Names of face detectors."""

from __future__ import annotations

import importlib
import math
from pathlib import Path

import numpy as np

from .face import Face, FaceDetector

DETECTORS = ("mtcnn", "yunet", "lbp")


class DetectorError(ValueError):
    """A detector failed, or returned what is no list of faces; the text says how."""


def detect(detector: FaceDetector, image: np.ndarray) -> list[Face]:
    """Faces in an image, (H, W, 3) uint8 RGB.

    Raises:
        DetectorError: See there.
    """
    try:
        faces = list(detector(image))
        wrong = [face for face in faces if not _is_face(face)]
    except Exception as error:  # an own one may raise anything
        raise DetectorError(f"the face detector failed: {type(error).__name__}: {error}") from error
    if wrong:
        raise DetectorError(f"the face detector returned {wrong[0]!r:.160}, which is no Face with a box of four finite numbers")
    return faces


def _is_face(face: object) -> bool:
    if not isinstance(face, Face):
        return False
    numbers = [*face.box, 0 if face.score is None else face.score]
    return len(numbers) == 5 and all(map(math.isfinite, numbers))


def build_detector(name: str, weights: Path | None = None) -> FaceDetector:
    """Build a detector.

    Args:
        name: ``'mtcnn'``, ``'yunet'``, ``'lbp'``, or ``'package.module:callable'``: an own one, called with ``weights``; it
            returns a :class:`~flip_mm.faces.face.FaceDetector`.
        weights: Path of the model that YuNet, or an own detector, needs.

    Raises:
        ImportError: What the detector needs is not installed; the text says what to install.
        ValueError: The name is unknown, weights are missing or given to a detector that brings its own.
    """
    # Each needs a package of its own, so its module is imported only when it is asked for.
    if name in ("mtcnn", "lbp") and weights is not None:
        raise ValueError(f"The face detector '{name}' brings its own weights; '{weights}' cannot be used with it.")
    if name == "mtcnn":
        from .mtcnn import MTCNNDetector

        return MTCNNDetector()
    if name == "yunet":
        from .yunet import YuNetDetector

        return YuNetDetector(weights)
    if name == "lbp":
        from .lbp import LBPDetector

        return LBPDetector()
    module, colon, attribute = name.partition(":")
    if not colon:
        raise ValueError(
            f"There is no face detector '{name}'; choose from {', '.join(DETECTORS)}, or name an own one as "
            "'package.module:callable'."
        )
    try:
        factory = getattr(importlib.import_module(module), attribute)
    except (ModuleNotFoundError, AttributeError) as error:
        raise ValueError(f"The face detector '{name}' cannot be imported: {error}.") from error
    try:
        return factory(weights)
    except TypeError as error:
        raise ValueError(
            f"The face detector '{name}' is no callable that takes the model file, or None, and gives a detector: {error}."
        ) from error
