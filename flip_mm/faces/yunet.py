# SPDX-License-Identifier: Apache-2.0
"""Face detector YuNet (Wu et al., Machine Intelligence Research 2023) of OpenCV; the user downloads the model file."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import cv2
import numpy as np

from .downscale import detect_downscaled
from .face import Face, in_image_order

LONGEST = 640
# OpenCV's defaults: minimum confidence; boxes with a larger intersection over union are the same face.
MIN_CONFIDENCE = 0.9
MAX_OVERLAP = 0.3
SOURCE = "face_detection_yunet_2023mar.onnx of https://github.com/opencv/opencv_zoo/tree/main/models/face_detection_yunet"


class YuNetDetector:
    """Finds faces with five landmarks and confidence; images are shrunk to 640 pixels on the longer side first.

    Args:
        weights: The model, an ONNX file.

    Raises:
        ValueError: No model is given, the file does not exist, or OpenCV cannot read it.
    """

    def __init__(self, weights: Path | None) -> None:
        if weights is None:
            raise ValueError(f"The face detector 'yunet' needs its model: download {SOURCE} and add --weights FILE.")
        if not Path(weights).is_file():
            raise ValueError(f"The model of the face detector 'yunet', '{weights}', is no file; download {SOURCE}.")
        self.lock = Lock()
        try:
            self.network = cv2.FaceDetectorYN.create(str(weights), "", (LONGEST, LONGEST), MIN_CONFIDENCE, MAX_OVERLAP)
        except cv2.error as error:
            raise ValueError(f"OpenCV {cv2.__version__} cannot read '{weights}' as a YuNet model: {error}.") from error

    def __call__(self, image: np.ndarray) -> list[Face]:
        """Return the faces in an (H, W, 3) uint8 RGB image, the highest confidence first."""
        return detect_downscaled(self._find, image, LONGEST)

    def _find(self, image: np.ndarray) -> list[Face]:
        height, width = image.shape[:2]
        # Another thread would change the size in between.
        with self.lock:
            self.network.setInputSize((width, height))
            _, rows = self.network.detect(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        return [] if rows is None else [_face(row) for row in rows.tolist()]


def _face(row: list[float]) -> Face:
    """Face of a row: x, y, width, height, x and y of right eye, left eye, nose, right and left mouth corner, confidence."""
    x, y, width, height, *points, score = row
    landmarks = in_image_order([points[i : i + 2] for i in range(0, 10, 2)])
    return Face((x, y, x + width, y + height), min(1.0, score), landmarks=landmarks)
