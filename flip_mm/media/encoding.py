# SPDX-License-Identifier: Apache-2.0
"""Encode image files."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def encode_image_file(image: np.ndarray, ending: str) -> bytes:
    """Encode an image; the same image gives the same bytes with the same version of Pillow.

    The file contains only pixels: no EXIF, no colour profile. JPEG has quality 95 and full colour resolution (4:4:4), because
    a lower colour resolution removes traces of printing and displays that help to detect attacks.

    Args:
        image: (H, W, 3) uint8 RGB.
        ending: ``'.png'`` or ``'.jpg'``.

    Returns:
        Content of the file.

    Raises:
        ValueError: Another shape, dtype or ending.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image must be (H, W, 3) uint8, not {image.shape} {image.dtype}")
    if ending not in {".png", ".jpg"}:
        raise ValueError(f"ending must be '.png' or '.jpg', not {ending!r}")
    buffer = io.BytesIO()
    if ending == ".png":
        Image.fromarray(image).save(buffer, "PNG")
    else:
        Image.fromarray(image).save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()
