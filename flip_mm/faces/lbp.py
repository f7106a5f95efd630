# SPDX-License-Identifier: Apache-2.0
"""Face detector of scikit-image with local binary patterns: no download, only frontal upright faces, no confidence."""

from __future__ import annotations

import cv2
import numpy as np

from .downscale import detect_downscaled
from .face import Face

LONGEST = 480
# Side of the smallest window, in the shrunk image.
MIN_WINDOW = 40
# Number of overlapping windows that make a face, and the scale from one window size to the next.
MIN_NEIGHBOURS = 4
SCALE_FACTOR = 1.1
# Boxes with a larger intersection over union are the same face.
MAX_OVERLAP = 0.3


class LBPDetector:
    """Finds frontal faces at least a twelfth as wide as the longer side of the image, without eyes or confidence.

    Images are shrunk to 480 pixels on the longer side first. Of overlapping boxes the largest is kept.

    Raises:
        ImportError: scikit-image is not installed.
    """

    def __init__(self) -> None:
        try:
            from skimage.data import lbp_frontal_face_cascade_filename
            from skimage.feature import Cascade
        except ImportError as error:
            raise ImportError(
                f"The face detector 'lbp' needs scikit-image: pip install \"flip_mm[prepare]\". The error was: {error}."
            ) from error
        self.cascade = Cascade(lbp_frontal_face_cascade_filename())

    def __call__(self, image: np.ndarray) -> list[Face]:
        """Return the faces in an (H, W, 3) uint8 RGB image, the largest first."""
        return detect_downscaled(self._find, image, LONGEST)

    def _find(self, image: np.ndarray) -> list[Face]:
        windows = self.cascade.detect_multi_scale(
            image,
            scale_factor=SCALE_FACTOR,
            step_ratio=1,
            min_size=(MIN_WINDOW, MIN_WINDOW),
            max_size=image.shape[:2],
            min_neighbor_number=MIN_NEIGHBOURS,
        )
        boxes = [(window["c"], window["r"], window["width"], window["height"]) for window in windows]
        areas = [float(width * height) for _, _, width, height in boxes]
        kept = cv2.dnn.NMSBoxes(boxes, areas, 0, MAX_OVERLAP)
        return [Face((x, y, x + width, y + height)) for x, y, width, height in (boxes[i] for i in kept)]
