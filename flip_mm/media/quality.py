# SPDX-License-Identifier: Apache-2.0
"""Sharpness and brightness of an image."""

from __future__ import annotations

import cv2
import numpy as np


def sharpness(image: np.ndarray) -> float:
    """Variance of the Laplacian of the luma (Pech-Pacheco et al., ICPR 2000): low for blurred images.

    Args:
        image: (H, W, 3) uint8 RGB.

    Returns:
        A value from 0; it depends on the size of the image, so compare only images of the same size.
    """
    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


def brightness(image: np.ndarray) -> float:
    """Mean luma in 0..1 of an (H, W, 3) uint8 RGB image."""
    return float(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).mean() / 255)
