# SPDX-License-Identifier: Apache-2.0
"""Cut squares out of images. Coordinates are continuous: pixel i covers i to i + 1, so its centre lies at i + 0.5."""

from __future__ import annotations

import math

import cv2
import numpy as np

from .face import Face

# Brightest channel up to which a pixel counts as black: JPEG leaves a few levels of noise in what was 0.
BLACK = 16
# Share of brighter pixels that a row or a column of a border may have: compression spills over from the picture.
SPECKS = 0.01
# A picture is at least this share of the image's width and height; less is noise in a black image.
LEAST = 0.1


def crop_face(image: np.ndarray, face: Face, size: int = 224, margin: float = 0.1) -> np.ndarray:
    """Cut a square around a face.

    The square has the centre of the box; its side is the larger side of the box times ``1 + 2 * margin``. Where the eyes are
    known it is turned about its centre until they are level. What lies outside the image repeats the image's outermost
    pixels: a black corner would tell a model how close to the edge a face was, or how it was turned. Shrinking averages
    over areas, enlarging is bicubic.

    Args:
        image: (H, W, 3) uint8.
        face: In pixels of the image.
        size: Side of the result.
        margin: Added on each side, as a share of the larger side of the box.

    Returns:
        (size, size, 3) uint8.

    Raises:
        ValueError: The box is empty.
    """
    x0, y0, x1, y1 = face.box
    side = max(x1 - x0, y1 - y0) * (1 + 2 * margin)
    if face.area == 0 or side <= 0:
        raise ValueError(f"The box {face.box} of a face with a margin of {margin} is empty.")
    angle = 0.0
    if face.eyes is not None:
        (left, top), (right, bottom) = face.eyes
        angle = math.atan2(bottom - top, right - left)
    # cv2.warpAffine does not average: a large face is first cut out as large as it is.
    cut = max(size, math.ceil(side))
    scale = side / cut
    turn = scale * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    # Of the centre of the result's first pixel; OpenCV counts from the centre of the image's first pixel.
    origin = centre - 0.5 + turn @ np.full(2, 0.5 - cut / 2)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    square = cv2.warpAffine(image, np.c_[turn, origin], (cut, cut), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return resize_to_square(square, size)


def resize_to_square(image: np.ndarray, size: int = 224) -> np.ndarray:
    """Resize an (H, W, 3) uint8 image to (size, size, 3), whatever its aspect: as protocol 2 has its images."""
    if image.shape[:2] == (size, size):
        return image
    shrink = max(image.shape[:2]) > size
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_CUBIC)


def crop_black_borders(image: np.ndarray, threshold: int = BLACK) -> np.ndarray:
    """Cut black bars off the four sides of an image.

    Args:
        image: (H, W, 3) uint8.
        threshold: A pixel is black if none of its channels is greater. A row or column belongs to a border if 99 % of it
            is black.

    Returns:
        (h, w, 3), a view of the image. The whole image where a tenth of its width or height, or less, would be left: it is
        black, not a picture within borders.
    """
    bright = image.max(2) > threshold
    rows = _span(bright)
    # Within the rows that stay: else the bars above and below would hide how bright a column is.
    columns = _span(bright[rows].T)
    picture = image[rows, columns]
    if picture.shape[0] <= LEAST * image.shape[0] or picture.shape[1] <= LEAST * image.shape[1]:
        return image
    return picture


def _span(bright: np.ndarray) -> slice:
    """From the first to the last row with something to see, of an (N, M) bool image."""
    seen = np.flatnonzero(bright.mean(1) > SPECKS) if bright.size else np.empty(0, int)
    return slice(seen[0], seen[-1] + 1) if len(seen) else slice(0)
