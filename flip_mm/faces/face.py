# SPDX-License-Identifier: Apache-2.0
"""A face in an image, and the interface of face detectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

Point = tuple[float, float]


@dataclass(frozen=True)
class Face:
    """Position of a face.

    Attributes:
        box: x0, y0, x1, y1 in pixels, x to the right, y down; may extend outside the image.
        score: Confidence of the detector in 0..1; None if there is none (annotations, LBP).
        eyes: Centres of the left and the right eye, as seen in the image; None if unknown.
    """

    box: tuple[float, float, float, float]
    score: float | None = None
    eyes: tuple[Point, Point] | None = None

    @property
    def area(self) -> float:
        """Area of the box, in square pixels."""
        x0, y0, x1, y1 = self.box
        return max(0.0, x1 - x0) * max(0.0, y1 - y0)


class FaceDetector(Protocol):
    """Interface of face detectors; built once per process."""

    def __call__(self, image: np.ndarray) -> list[Face]:
        """Return the faces in an (H, W, 3) uint8 RGB image, in any order; an empty list if there is none."""
