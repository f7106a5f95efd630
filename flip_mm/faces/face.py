# SPDX-License-Identifier: Apache-2.0
"""A face in an image, and who finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

Point = tuple[float, float]


@dataclass(frozen=True)
class Face:
    """Where a face is.

    Attributes:
        box: x0, y0, x1, y1 in pixels, x to the right, y down; may reach beyond the image.
        score: The detector's confidence in 0..1; None where it has none (annotations, LBP).
        eyes: Centre of the eye on the left of the image, then of the one on the right; None where not known.
    """

    box: tuple[float, float, float, float]
    score: float | None = None
    eyes: tuple[Point, Point] | None = None

    @property
    def area(self) -> float:
        """Of the box, in square pixels."""
        x0, y0, x1, y1 = self.box
        return max(0.0, x1 - x0) * max(0.0, y1 - y0)


class FaceDetector(Protocol):
    """Anything that finds faces; built once per process."""

    def __call__(self, image: np.ndarray) -> list[Face]:
        """Faces in an (H, W, 3) uint8 RGB image, in any order; an empty list where there is none."""
