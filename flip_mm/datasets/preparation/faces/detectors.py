# SPDX-License-Identifier: Apache-2.0
"""Names of face detectors."""

from __future__ import annotations

import importlib
from pathlib import Path

from .face import FaceDetector

DETECTORS = ("mtcnn", "yunet", "lbp")


def build_detector(name: str, weights: Path | None = None) -> FaceDetector:
    """Build a detector.

    Args:
        name: ``'mtcnn'``, ``'yunet'``, ``'lbp'``, or ``'package.module:callable'``: an own one, called with ``weights``; it
            returns a :class:`~flip_mm.datasets.preparation.faces.face.FaceDetector`.
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
    return factory(weights)
