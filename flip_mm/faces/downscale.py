# SPDX-License-Identifier: Apache-2.0
"""Detect faces in a smaller copy of an image."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from .face import Face


def detect_downscaled(find: Callable[[np.ndarray], list[Face]], image: np.ndarray, longest: int) -> list[Face]:
    """Detect faces in an image that is shrunk to at most ``longest`` pixels, and scale the faces back.

    Args:
        find: Function from an (H, W, 3) uint8 RGB image to faces.
        image: (H, W, 3) uint8 RGB.
        longest: Maximum of the larger side, in pixels.
    """
    height, width = image.shape[:2]
    share = longest / max(height, width)
    if share >= 1:
        return find(image)
    small = cv2.resize(image, (max(1, round(width * share)), max(1, round(height * share))), interpolation=cv2.INTER_AREA)
    x, y = width / small.shape[1], height / small.shape[0]
    return [face.moved(lambda point: (point[0] * x, point[1] * y)) for face in find(small)]
