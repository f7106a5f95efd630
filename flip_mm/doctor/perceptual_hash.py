# SPDX-License-Identifier: Apache-2.0
"""ImageHash's perceptual hash, bit for bit, with only the part of the cosine transform that it uses."""

from __future__ import annotations

import numpy as np
from PIL import Image

# Sides of the hash, and of the image that is transformed.
BITS, SIDE = 8, 32
# The first rows of the matrix of the cosine transform; the hash does not use the others.
ROWS = 2 * np.cos(np.pi * np.outer(np.arange(BITS), 2 * np.arange(SIDE) + 1) / (2 * SIDE))
# Coefficients are sums of numbers up to a million, so that rounding changes them by far less.
ROUNDING = 1e-5


def perceptual_hash(luma: np.ndarray) -> int:
    """Return the 64 bits of ``imagehash.phash``.

    Args:
        luma: (H, W) uint8.

    Returns:
        The hash, the first bit of its first row highest.
    """
    small = np.asarray(Image.fromarray(luma).resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    low = (ROWS @ small @ ROWS.T).ravel()
    middle = np.sort(low)[BITS * BITS // 2 - 1 : BITS * BITS // 2 + 1]
    if middle[1] - middle[0] > ROUNDING:
        bits = low > middle.mean()
    else:
        # Rounding decides on which side of the median a coefficient is: in constant or symmetric images.
        import imagehash

        bits = imagehash.phash(Image.fromarray(luma)).hash
    return int.from_bytes(np.packbits(bits).tobytes(), "big")
