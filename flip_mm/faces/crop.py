# SPDX-License-Identifier: Apache-2.0
"""Crop faces and remove black borders. Coordinates are continuous: pixel i covers i to i + 1, so its centre is i + 0.5."""

from __future__ import annotations

import math

import cv2
import numpy as np

from .face import Face

# A pixel counts as black if no channel is greater: JPEG adds a few levels of noise to black.
BLACK = 16
# Largest share of brighter pixels in a row or column of a border: compression blurs the edge of the picture.
MAX_BRIGHT_SHARE = 0.01
# Smallest share of the image's width and height that can be a picture; less is noise in a black image.
MIN_PICTURE_SHARE = 0.1


def crop_face(image: np.ndarray, face: Face, size: int = 224, margin: float = 0.1) -> np.ndarray:
    """Crop a square around a face.

    The square has the centre of the box; its side is the larger side of the box times ``1 + 2 * margin``. If the eyes are
    known, it is rotated about its centre so that they are level. Outside the image the border pixels are repeated: black
    corners would show a model how close to the edge a face was, or how it was rotated. Shrinking averages over areas,
    enlarging is bicubic.

    Args:
        image: (H, W, 3) uint8.
        face: Face in pixels of the image.
        size: Side of the result.
        margin: Share of the larger side of the box that is added on each side.

    Returns:
        (size, size, 3) uint8.

    Raises:
        ValueError: The box is empty.
    """
    x0, y0, x1, y1 = face.box
    side = _crop_side(face, margin)
    if face.area == 0 or side <= 0:
        raise ValueError(f"The box {face.box} of a face with a margin of {margin} is empty.")
    angle = 0.0
    if face.eyes is not None:
        (left, top), (right, bottom) = face.eyes
        angle = math.atan2(bottom - top, right - left)
    # cv2.warpAffine does not average: a large face is first cropped at its original size.
    crop_side = max(size, math.ceil(side))
    scale = side / crop_side
    matrix = scale * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    # Position of the centre of the result's first pixel; OpenCV counts from the centre of the image's first pixel.
    origin = centre - 0.5 + matrix @ np.full(2, 0.5 - crop_side / 2)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    square = cv2.warpAffine(image, np.c_[matrix, origin], (crop_side, crop_side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return resize_to_square(square, size)


def crop_square(face: Face, margin: float = 0.1) -> tuple[float, float, float, float]:
    """Edges x0, y0, x1, y1 of the square of :func:`crop_face` before it is rotated."""
    x0, y0, x1, y1 = face.box
    x, y, half = (x0 + x1) / 2, (y0 + y1) / 2, _crop_side(face, margin) / 2
    return x - half, y - half, x + half, y + half


def _crop_side(face: Face, margin: float) -> float:
    x0, y0, x1, y1 = face.box
    return max(x1 - x0, y1 - y0) * (1 + 2 * margin)


def resize_to_square(image: np.ndarray, size: int = 224) -> np.ndarray:
    """Resize an (H, W, 3) uint8 image to (size, size, 3), without keeping the aspect ratio, as in protocol 2."""
    if image.shape[:2] == (size, size):
        return image
    shrink = max(image.shape[:2]) > size
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_CUBIC)


def crop_black_borders(image: np.ndarray, threshold: int = BLACK) -> np.ndarray:
    """Remove black bars from the four sides of an image.

    Args:
        image: (H, W, 3) uint8.
        threshold: A pixel is black if none of its channels is greater. A row or column belongs to a border if 99 % of it
            is black.

    Returns:
        (h, w, 3), a view of the image. The whole image if a tenth of its width or height, or less, would be left: then the
        image is black and has no borders.
    """
    bright = image.max(2) > threshold
    rows = _bright_span(bright)
    # Only within these rows: otherwise the bars above and below reduce the brightness of a column.
    columns = _bright_span(bright[rows].T)
    picture = image[rows, columns]
    if picture.shape[0] <= MIN_PICTURE_SHARE * image.shape[0] or picture.shape[1] <= MIN_PICTURE_SHARE * image.shape[1]:
        return image
    return picture


def _bright_span(bright: np.ndarray) -> slice:
    """Rows from the first to the last one that is not black, of an (N, M) bool image."""
    rows = np.flatnonzero(bright.mean(1) > MAX_BRIGHT_SHARE) if bright.size else np.empty(0, int)
    return slice(rows[0], rows[-1] + 1) if len(rows) else slice(0)
