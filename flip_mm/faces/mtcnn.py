# SPDX-License-Identifier: Apache-2.0
"""Face detector MTCNN (Zhang et al., IEEE SPL 2016) of facenet-pytorch, which includes the weights."""

from __future__ import annotations

import numpy as np

from .downscale import detect_downscaled
from .face import Face, in_image_order

LONGEST = 640
# Side of the smallest face, in pixels of the shrunk image; MTCNN cannot process smaller images.
MIN_SIDE = 20
INSTALL = (
    "The face detector 'mtcnn' needs facenet-pytorch, which does not allow this version of PyTorch ({error}). Install it with "
    "`pip install requests && pip install --no-deps facenet-pytorch`, or choose another detector with --faces."
)


class MTCNNDetector:
    """Finds faces of 20 pixels or more, with five landmarks and confidence.

    Images are shrunk to 640 pixels on the longer side first.

    Raises:
        ImportError: facenet-pytorch or a package that it needs is missing; the message says how to install it.
    """

    def __init__(self) -> None:
        try:
            from facenet_pytorch import MTCNN
        except ImportError as error:
            raise ImportError(INSTALL.format(error=error)) from error
        # It reads its weights by torch.load with weights_only=True, the default since PyTorch 2.6.
        self.network = MTCNN(keep_all=True, min_face_size=MIN_SIDE).eval()

    def __call__(self, image: np.ndarray) -> list[Face]:
        """Return the faces in an (H, W, 3) uint8 RGB image, the largest first."""
        return detect_downscaled(self._find, image, LONGEST)

    def _find(self, image: np.ndarray) -> list[Face]:
        if min(image.shape[:2]) < MIN_SIDE:
            return []
        boxes, scores, points = self.network.detect(image, landmarks=True)
        if boxes is None:
            return []
        # facenet-pytorch may return arrays of dtype object.
        boxes, scores, points = (np.asarray(array, np.float64) for array in (boxes, scores, points))
        return [
            Face(tuple(box), score, landmarks=in_image_order(five))
            for box, score, five in zip(boxes.tolist(), scores.tolist(), points.tolist(), strict=True)
        ]
