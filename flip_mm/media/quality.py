# SPDX-License-Identifier: Apache-2.0
"""Sharpness, brightness and contrast of an image."""

from __future__ import annotations

from collections.abc import Sequence

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


def relative_sharpness(image: np.ndarray, side: int = 64) -> float:
    """Sharpness in relation to the contrast, at a size of ``side`` x ``side`` pixels: images of all sizes are comparable.

    The variance of the Laplacian of the luma is divided by the variance of the luma, so a dark image is not taken for a blurred
    one.

    Args:
        image: (H, W, 3) uint8 RGB.
        side: Size to which the image is resized; details that are lost by this do not count.

    Returns:
        A value from 0, which is that of an image of one colour.
    """
    if image.shape[:2] != (side, side):
        shrink = max(image.shape[:2]) > side
        image = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)
    variance = float(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).var())
    return sharpness(image) / variance if variance else 0.0


def luma_quantiles(image: np.ndarray, shares: Sequence[float]) -> list[float]:
    """Luma in 0..1 that these shares of the pixels of an (H, W, 3) uint8 RGB image do not exceed."""
    # A histogram needs no copy of a large image as floats.
    counts = cv2.calcHist([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)], [0], None, [256], [0, 256])
    total = np.cumsum(counts, dtype=np.float64)
    return (np.searchsorted(total, np.asarray(shares) * total[-1]) / 255).tolist()
