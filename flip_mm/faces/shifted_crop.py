# SPDX-License-Identifier: Apache-2.0
"""Crop a face as Silent-Face does (https://github.com/minivision-ai/Silent-Face-Anti-Spoofing)."""

from __future__ import annotations

import numpy as np

from .face import Face


def crop_shifted(image: np.ndarray, face: Face, scale: float = 2.7) -> np.ndarray:
    """Crop the box of a face, enlarged and shifted into the image; Silent-Face then resizes it without its aspect ratio.

    Args:
        image: (H, W, 3) uint8.
        face: Face in pixels of the image.
        scale: Width and height of the crop in units of the box; less if the image is too small.

    Returns:
        (h, w, 3) uint8, a view of the image.

    Raises:
        ValueError: The box is empty, or ``scale`` is not above 0.
    """
    left, top, right, bottom = shifted_box(face, image.shape[1], image.shape[0], scale)
    return image[top : bottom + 1, left : right + 1]


def shifted_box(face: Face, width: int, height: int, scale: float) -> tuple[int, int, int, int]:
    """Enlarge the box of a face about its centre, and shift it into the image.

    Args:
        face: Face in pixels of the image.
        width: Width of the image.
        height: Height of the image.
        scale: Width and height of the result in units of the box. If the result would be larger than the image, both are
            reduced by the same factor.

    Returns:
        First column, first row, last column, last row.

    Raises:
        ValueError: The box is empty, or ``scale`` is not above 0.

    Example:
        >>> shifted_box(Face((138, 206, 360, 520)), 480, 640, 2.7)
        (23, 0, 474, 639)
    """
    x0, y0, x1, y1 = face.box
    if face.area == 0 or not scale > 0:
        raise ValueError(f"The box {face.box} of a face with a scale of {scale} is empty.")
    scale = min((height - 1) / (y1 - y0), (width - 1) / (x1 - x0), scale)
    left, right = _shifted((x0 + x1) / 2, (x1 - x0) * scale / 2, width - 1)
    top, bottom = _shifted((y0 + y1) / 2, (y1 - y0) * scale / 2, height - 1)
    return left, top, right, bottom


def _shifted(centre: float, half: float, last: int) -> tuple[int, int]:
    """First and last pixel of a span on one axis, moved into 0..last; truncated, as the published code does."""
    start, end = centre - half, centre + half
    if start < 0:
        start, end = 0.0, end - start
    if end > last:
        start, end = start - (end - last), last
    return int(start), int(end)
