# SPDX-License-Identifier: Apache-2.0
"""A face in an image, and the interface of face detectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

Point = tuple[float, float]
# Left eye, right eye, nose, left mouth corner, right mouth corner, as seen in the image.
Landmarks = tuple[Point, Point, Point, Point, Point]


@dataclass(frozen=True)
class Face:
    """Position of a face.

    Attributes:
        box: x0, y0, x1, y1 in pixels, x to the right, y down; may extend outside the image.
        score: Confidence of the detector in 0..1; None if there is none (annotations, LBP).
        eyes: Centres of the left and the right eye, as seen in the image; by default those of ``landmarks``; None if unknown.
        landmarks: Left eye, right eye, nose, left and right mouth corner, as seen in the image; None if unknown.
    """

    box: tuple[float, float, float, float]
    score: float | None = None
    eyes: tuple[Point, Point] | None = None
    landmarks: Landmarks | None = None

    def __post_init__(self) -> None:
        if self.eyes is None and self.landmarks is not None:
            object.__setattr__(self, "eyes", tuple(self.landmarks[:2]))

    @property
    def area(self) -> float:
        """Area of the box, in square pixels."""
        x0, y0, x1, y1 = self.box
        return max(0.0, x1 - x0) * max(0.0, y1 - y0)

    def moved(self, move: Callable[[Point], Point]) -> Face:
        """The face after a scaling, shift or rotation by a multiple of 90 degrees of the image.

        Args:
            move: Maps a point of the image to its new position.
        """
        (x0, y0), (x1, y1) = move(self.box[:2]), move(self.box[2:])
        return Face(
            (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)),
            self.score,
            self.eyes and tuple(sorted(map(move, self.eyes))),
            self.landmarks and in_image_order([move(point) for point in self.landmarks]),
        )


def in_image_order(points: Sequence[Sequence[float]]) -> Landmarks:
    """Sort five landmarks so that the eye that is on the left in the image comes first.

    Args:
        points: (5, 2): an eye, the other eye, nose, the mouth corner below the first eye, the other mouth corner.
    """
    first, second, nose, below_first, below_second = ((float(x), float(y)) for x, y in points)
    if first <= second:
        return first, second, nose, below_first, below_second
    return second, first, nose, below_second, below_first


class FaceDetector(Protocol):
    """Interface of face detectors; built once per process."""

    def __call__(self, image: np.ndarray) -> list[Face]:
        """Return the faces in an (H, W, 3) uint8 RGB image, in any order; an empty list if there is none."""
