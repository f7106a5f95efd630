# SPDX-License-Identifier: Apache-2.0
"""scikit-image's cascade of local binary patterns: needs no download, finds frontal upright faces, and has no confidence."""

from __future__ import annotations

import cv2
import numpy as np

from .downscale import detect_downscaled
from .face import Face

LONGEST = 480
# Side of the smallest window, in the shrunk image.
SMALLEST = 40
# Windows that must agree on a face, and the growth of windows from one round to the next.
AGREE = 4
GROWTH = 1.1
# Intersection over union from which two boxes are one face.
SAME = 0.3


class LBPDetector:
    """Frontal faces at least a twelfth as wide as the longer side of the image; boxes without eyes or confidence.

    Images are shrunk to 480 pixels on the longer side first. Where boxes overlap, the largest stays.

    Raises:
        ImportError: scikit-image is not installed.
    """

    def __init__(self) -> None:
        try:
            from skimage.data import lbp_frontal_face_cascade_filename
            from skimage.feature import Cascade
        except ImportError as error:
            raise ImportError(
                f"The face detector 'lbp' needs scikit-image: pip install \"flip_mm[prepare]\". What went wrong: {error}."
            ) from error
        self.cascade = Cascade(lbp_frontal_face_cascade_filename())

    def __call__(self, image: np.ndarray) -> list[Face]:
        """Faces in an (H, W, 3) uint8 RGB image, larger ones first."""
        return detect_downscaled(self._find, image, LONGEST)

    def _find(self, image: np.ndarray) -> list[Face]:
        found = self.cascade.detect_multi_scale(
            image,
            scale_factor=GROWTH,
            step_ratio=1,
            min_size=(SMALLEST, SMALLEST),
            max_size=image.shape[:2],
            min_neighbor_number=AGREE,
        )
        boxes = [(window["c"], window["r"], window["width"], window["height"]) for window in found]
        areas = [float(width * height) for _, _, width, height in boxes]
        kept = cv2.dnn.NMSBoxes(boxes, areas, 0, SAME)
        return [Face((x, y, x + width, y + height)) for x, y, width, height in (boxes[i] for i in kept)]
