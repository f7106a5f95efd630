# SPDX-License-Identifier: Apache-2.0
"""Render a SimCLR view of a uint8 image by OpenCV.

Crop, grey, brightness, contrast and saturation (factors 0.5 to 1.5) differ by at most 1 of 255 from torchvision's transforms
of a Pillow image.
Hue and blur do not: Pillow rounds the hue to 8 bits, and approximates the Gaussian by three box filters. These functions are
closer to the exact result, see docs/training_data.md.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from PIL import Image

from .view_parameters import ViewParameters

# Weights of R, G, B in the luma of ITU-R BT.601, which Pillow and OpenCV use for grey.
LUMA = np.array([0.299, 0.587, 0.114])
# Pillow truncates blended values; OpenCV rounds. A little less than 1/2, so that whole numbers remain the same.
TRUNCATION = 0.49


def render_view(image: np.ndarray, view: ViewParameters, size: tuple[int, int]) -> np.ndarray:
    """Render a view.

    Args:
        image: (H, W, 3) uint8 RGB; not changed.
        view: The parameters.
        size: Height, width of the view.

    Returns:
        (height, width, 3) uint8 RGB; may be ``image`` itself if nothing changes.
    """
    pixels = crop(image, view.crop, size)
    for change in view.order:
        pixels = CHANGES[change](pixels, view.factors[change])
    if view.grey:
        pixels = grey(pixels)
    if view.sigma:
        pixels = blur(pixels, view.sigma)
    return cv2.flip(pixels, 1) if view.flip else pixels


def crop(image: np.ndarray, box: tuple[int, int, int, int], size: tuple[int, int]) -> np.ndarray:
    """Cut a box (top, left, height, width) and resize it to ``size`` (height, width) by linear interpolation.

    OpenCV only enlarges: it would skip pixels where it reduces. Pillow's filter then covers all of them.
    """
    top, left, height, width = box
    pixels = image[top : top + height, left : left + width]
    if height > size[0] or width > size[1]:
        return np.asarray(Image.fromarray(pixels).resize(size[::-1], Image.Resampling.BILINEAR))
    return pixels if (height, width) == tuple(size) else cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_LINEAR)


def brightness(image: np.ndarray, factor: float) -> np.ndarray:
    """Multiply all values by ``factor``, 0 or more."""
    return cv2.convertScaleAbs(image, alpha=factor, beta=-TRUNCATION)


def contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """Multiply the distance of all values from the mean of the grey image."""
    mean = int(LUMA @ cv2.mean(image)[:3] + 0.5)
    return cv2.addWeighted(image, factor, image, 0, (1 - factor) * mean - TRUNCATION)


def saturation(image: np.ndarray, factor: float) -> np.ndarray:
    """Multiply the distance of all values from the grey value of their pixel."""
    matrix = np.full((3, 4), -TRUNCATION)
    matrix[:, :3] = factor * np.eye(3) + (1 - factor) * LUMA
    return cv2.transform(image, matrix)


def hue(image: np.ndarray, turn: float) -> np.ndarray:
    """Add ``turn``, in full turns, to the HSV hue."""
    hsv = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2HSV)
    # OpenCV takes a hue above 360 degrees, but no negative one.
    hsv[..., 0] += 360 * (turn % 1)
    return cv2.convertScaleAbs(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))


def grey(image: np.ndarray) -> np.ndarray:
    """Replace all channels by the luma."""
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Filter with a Gaussian up to three sigma; pixels outside are those of the border, as in Pillow."""
    # Half as long as cv2.GaussianBlur.
    kernel = cv2.getGaussianKernel(2 * math.ceil(3 * sigma) + 1, sigma)
    return cv2.sepFilter2D(image, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE)


# In the order of COLOUR_CHANGES.
CHANGES = (brightness, contrast, saturation, hue)
