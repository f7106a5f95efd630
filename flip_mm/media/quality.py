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
    laplacian = cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_16S)
    # Sums of whole numbers, which are exact.
    mean, mean_of_squares = cv2.sumElems(laplacian)[0] / laplacian.size, cv2.norm(laplacian, cv2.NORM_L2SQR) / laplacian.size
    return mean_of_squares - mean**2


def brightness(image: np.ndarray) -> float:
    """Mean luma in 0..1 of an (H, W, 3) uint8 RGB image."""
    return grey_brightness(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def grey_brightness(luma: np.ndarray) -> float:
    """Mean in 0..1 of an (H, W) uint8 luma."""
    return cv2.sumElems(luma)[0] / luma.size / 255
