# SPDX-License-Identifier: Apache-2.0
"""ImageHash's perceptual hash, bit for bit, in half the time: resizing and cosine transform as products of matrices."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PIL import Image

# Sides of the hash, and of the image that is transformed.
BITS, SIDE = 8, 32
# The first rows of the matrix of the cosine transform; the hash does not use the others.
ROWS = 2 * np.cos(np.pi * np.outer(np.arange(BITS), 2 * np.arange(SIDE) + 1) / (2 * SIDE))
# Coefficients are sums of numbers up to a million, so that rounding changes them by far less.
ROUNDING = 1e-5
# Pillow's weights are whole numbers of this unit, and its filter reaches this far.
UNIT, REACH = 1 << 22, 3.0


def perceptual_hash(luma: np.ndarray) -> int:
    """Return the 64 bits of ``imagehash.phash``.

    Args:
        luma: (H, W) uint8.

    Returns:
        The hash, the first bit of its first row highest.
    """
    low = (ROWS @ shrink(luma) @ ROWS.T).ravel()
    middle = np.sort(low)[BITS * BITS // 2 - 1 : BITS * BITS // 2 + 1]
    if middle[1] - middle[0] > ROUNDING:
        bits = low > middle.mean()
    else:
        # Rounding decides on which side of the median a coefficient is: in constant or symmetric images.
        import imagehash

        bits = imagehash.phash(Image.fromarray(luma)).hash
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def shrink(luma: np.ndarray) -> np.ndarray:
    """Resize to 32 x 32 as Pillow does with its Lanczos filter.

    Args:
        luma: (H, W) uint8.

    Returns:
        (32, 32) float64, whole numbers 0..255.
    """
    height, width = luma.shape
    if height > width:
        # For high images Pillow may resize the columns first, which rounds in another way.
        return np.asarray(Image.fromarray(luma).resize((SIDE, SIDE), Image.Resampling.LANCZOS)).astype(np.float64)
    return _rounded(weights(height).T @ _rounded(luma.astype(np.float64) @ weights(width)))


@lru_cache(maxsize=256)
def weights(size: int) -> np.ndarray:
    """Return Pillow's (size, 32) weights, whole numbers; they sum up to ``UNIT`` in each column."""
    scale = size / SIDE
    wide = max(scale, 1.0)
    result = np.zeros((size, SIDE))
    for column in range(SIDE):
        centre = (column + 0.5) * scale
        first, last = max(int(centre - REACH * wide + 0.5), 0), min(int(centre + REACH * wide + 0.5), size)
        values = [_lanczos((row - centre + 0.5) * (1.0 / wide)) for row in range(first, last)]
        total = sum(values)
        result[first:last, column] = [int(math.copysign(0.5, value) + value / total * UNIT) for value in values]
    return result


def _lanczos(x: float) -> float:
    return _sinc(x) * _sinc(x / 3) if -REACH <= x < REACH else 0.0


def _sinc(x: float) -> float:
    return math.sin(math.pi * x) / (math.pi * x) if x else 1.0


def _rounded(sums: np.ndarray) -> np.ndarray:
    """Divide by ``UNIT`` and round half up, in place; sums of whole numbers are exact in float64."""
    sums += UNIT // 2
    sums /= UNIT
    return np.floor(sums, out=sums).clip(0, 255, out=sums)
