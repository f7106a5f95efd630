# SPDX-License-Identifier: Apache-2.0
"""Lay a map over a crop."""

from __future__ import annotations

import cv2
import numpy as np

from flip_mm.visualization.colours import REAL, SPOOF

COLOURS = {"live": REAL, "spoof": SPOOF}
# Opacity of the strongest place.
OPACITY = 0.8
# Grey levels of black and white: bright, so that the colour is seen on dark skin and hair as well.
BLACK, WHITE = 110, 255


def overlay(crop: np.ndarray, values: np.ndarray, colour: str, side: int = 0) -> np.ndarray:
    """Draw a map in one colour over a grey copy of a crop.

    Args:
        crop: (h, w, 3) uint8 RGB.
        values: (r, c) float in 0..1; it is enlarged smoothly.
        colour: Such as ``'#0072B2'``.
        side: Smallest longer side of the result, so that a coarse crop does not make the map coarse.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    scale = max(1, round(side / max(crop.shape[:2])))
    height, width = (scale * length for length in crop.shape[:2])
    grey = cv2.resize(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), (width, height), interpolation=cv2.INTER_NEAREST)
    grey = BLACK + grey[..., None] * ((WHITE - BLACK) / 255)
    opacity = OPACITY * cv2.resize(values.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR).clip(0, 1)
    ink = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)], np.float32)
    return (grey + opacity[..., None] * (ink - grey)).round().astype(np.uint8)
