# SPDX-License-Identifier: Apache-2.0
"""Build face detectors by name, and check their results."""

from __future__ import annotations

import importlib
import math
from pathlib import Path

import numpy as np

from .face import Face, FaceDetector

DETECTORS = ("mtcnn", "retinaface", "yunet", "lbp")


class DetectorError(ValueError):
    """A detector failed, or did not return a list of faces; the message says how."""


def detect(detector: FaceDetector, image: np.ndarray) -> list[Face]:
    """Find faces in an (H, W, 3) uint8 RGB image.

    Raises:
        DetectorError: The detector failed, or did not return a list of faces.
    """
    try:
        faces = list(detector(image))
        wrong = [face for face in faces if not _is_face(face)]
    except Exception as error:  # a user's detector may raise any exception
        raise DetectorError(f"the face detector failed: {type(error).__name__}: {error}") from error
    if wrong:
        raise DetectorError(f"the face detector returned {wrong[0]!r:.160}, which is no Face with a box of four finite numbers")
    return faces


def _is_face(face: object) -> bool:
    if not isinstance(face, Face):
        return False
    numbers = [*face.box, 0 if face.score is None else face.score]
    points = face.landmarks or ()
    return (
        (len(numbers), len(points)) in ((5, 0), (5, 5))
        and all(len(point) == 2 for point in points)
        and all(map(math.isfinite, [*numbers, *(value for point in points for value in point)]))
    )


def build_detector(name: str, weights: Path | None = None) -> FaceDetector:
    """Build a detector.

    Args:
        name: ``'mtcnn'``, ``'retinaface'``, ``'yunet'``, ``'lbp'``, or ``'package.module:callable'``: the callable gets
            ``weights`` and returns a :class:`~flip_mm.faces.face.FaceDetector`.
        weights: Path of the model file of YuNet, or of a user's detector.

    Raises:
        ImportError: A package is missing; the message says what to install.
        ValueError: The name is unknown, weights are missing, or the detector does not use the given weights.
    """
    # Each detector needs another package, so it is imported only when it is used.
    if name in ("mtcnn", "retinaface", "lbp") and weights is not None:
        raise ValueError(f"The face detector '{name}' includes its weights and cannot use '{weights}': remove --weights.")
    if name == "mtcnn":
        from .mtcnn import MTCNNDetector

        return MTCNNDetector()
    if name == "retinaface":
        from .retinaface import RetinaFaceDetector

        return RetinaFaceDetector()
    if name == "yunet":
        from .yunet import YuNetDetector

        return YuNetDetector(weights)
    if name == "lbp":
        from .lbp import LBPDetector

        return LBPDetector()
    module, colon, attribute = name.partition(":")
    if not colon:
        raise ValueError(
            f"The face detector '{name}' is unknown; choose from {', '.join(DETECTORS)}, or use 'package.module:callable'."
        )
    try:
        factory = getattr(importlib.import_module(module), attribute)
    except (ModuleNotFoundError, AttributeError) as error:
        raise ValueError(f"The face detector '{name}' cannot be imported: {error}.") from error
    try:
        return factory(weights)
    except TypeError as error:
        raise ValueError(
            f"The face detector '{name}' must be a callable that takes the model file or None and returns a detector: {error}."
        ) from error
