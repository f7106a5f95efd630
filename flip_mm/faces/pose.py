# SPDX-License-Identifier: Apache-2.0
"""How far a face is turned, from its five landmarks."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .face import Landmarks


class Pose(NamedTuple):
    """Direction of a face.

    Attributes:
        roll: Clockwise rotation in the image plane in degrees, -180..180; 0 for an upright face.
        yaw: Distance of the nose from the axis through the middle of the eyes and of the mouth, in units of the distance
            between the eyes; positive to the right of an upright face. Near 0 for a frontal face, about ±0.38 for one that is
            turned by 45 degrees to a side.
        pitch: Position of the nose on this axis: 0 at the eyes, 1 at the mouth. Near 0.5 for a frontal face, lower for a face
            that looks up, higher for one that looks down, by about 0.2 for 30 degrees.
    """

    roll: float
    yaw: float
    pitch: float


def measure_pose(landmarks: Landmarks) -> Pose:
    """Measure the pose of a face; yaw and pitch are infinite if eyes, or eyes and mouth, have the same position."""
    left, right, nose, left_mouth, right_mouth = np.asarray(landmarks, np.float64)
    eyes = (left + right) / 2
    down = (left_mouth + right_mouth) / 2 - eyes
    height, width = math.hypot(*down), math.hypot(*(right - left))
    if not height or not width:
        return Pose(0.0, math.inf, math.inf)
    x, y = (nose - eyes) / height
    across = (x * down[1] - y * down[0]) / width
    return Pose(math.degrees(math.atan2(-down[0], down[1])), float(across), float((x * down[0] + y * down[1]) / height))
