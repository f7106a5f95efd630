# SPDX-License-Identifier: Apache-2.0
"""MTCNN (Zhang et al., IEEE SPL 2016) as facenet-pytorch has it, weights included."""

from __future__ import annotations

import numpy as np

from .downscale import detect_downscaled
from .face import Face

LONGEST = 640
# Pixels of the smallest face, in the shrunk image. The network that looks first sees nothing in an image smaller than this.
SMALLEST = 20
INSTALL = (
    "The face detector 'mtcnn' needs facenet-pytorch, whose pins do not admit this PyTorch ({error}). Install it by `pip "
    "install requests && pip install --no-deps facenet-pytorch`, or choose another one with --faces."
)


class MTCNNDetector:
    """Faces of 20 pixels or more, with eyes and confidence; images are shrunk to 640 pixels on the longer side first.

    Raises:
        ImportError: facenet-pytorch, or what it imports, is not installed; the text says how to install it.
    """

    def __init__(self) -> None:
        try:
            from facenet_pytorch import MTCNN
        except ImportError as error:
            raise ImportError(INSTALL.format(error=error)) from error
        # Its weights are read by torch.load with the default of PyTorch since 2.6, weights_only=True.
        self.network = MTCNN(keep_all=True, min_face_size=SMALLEST).eval()

    def __call__(self, image: np.ndarray) -> list[Face]:
        """Faces in an (H, W, 3) uint8 RGB image, larger ones first."""
        return detect_downscaled(self._find, image, LONGEST)

    def _find(self, image: np.ndarray) -> list[Face]:
        if min(image.shape[:2]) < SMALLEST:
            return []
        boxes, scores, points = self.network.detect(image, landmarks=True)
        if boxes is None:
            return []
        # Arrays of objects where the image has as many faces as a batch has images.
        boxes, scores, points = (np.asarray(array, np.float64) for array in (boxes, scores, points))
        eyes = (sorted(map(tuple, point[:2].tolist())) for point in points)
        return [
            Face(tuple(box), score, tuple(pair)) for box, score, pair in zip(boxes.tolist(), scores.tolist(), eyes, strict=True)
        ]
