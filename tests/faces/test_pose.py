# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from flip_mm.faces.face import in_image_order
from flip_mm.faces.pose import measure_pose

# Eyes, nose and mouth of a head in units of the distance between the eyes: right, down, away from the camera.
HEAD = np.array([(-0.5, 0, 0), (0.5, 0, 0), (0, 0.5, -0.38), (-0.4, 0.98, 0), (0.4, 0.98, 0)])


def turned(yaw=0.0, pitch=0.0, roll=0.0):
    """Landmarks of the head after it was turned to the right of the image, downwards and clockwise, in degrees."""
    a, b, c = map(math.radians, (yaw, pitch, roll))
    about_y = np.array([[math.cos(a), 0, -math.sin(a)], [0, 1, 0], [math.sin(a), 0, math.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    in_plane = np.array([[math.cos(c), -math.sin(c)], [math.sin(c), math.cos(c)]])
    points = (HEAD @ (about_x @ about_y).T)[:, :2] @ in_plane.T
    return in_image_order(100 * points + 300)


@pytest.mark.parametrize("roll", [0, 20, -45, 89])
def test_a_frontal_face_in_any_rotation(roll):
    pose = measure_pose(turned(roll=roll))
    assert pose.roll == pytest.approx(roll)
    assert pose.yaw == pytest.approx(0, abs=1e-9)
    assert pose.pitch == pytest.approx(0.5 / 0.98)


@pytest.mark.parametrize("roll", [135, 180, -120])
def test_an_upside_down_face_is_no_upright_one(roll):
    assert abs(measure_pose(turned(roll=roll)).roll) == pytest.approx(abs(roll))


@pytest.mark.parametrize("yaw", [15, 30, 45, -45])
@pytest.mark.parametrize("roll", [0, 25])
def test_yaw_is_that_of_the_nose(yaw, roll):
    pose = measure_pose(turned(yaw=yaw, roll=roll))
    assert pose.yaw == pytest.approx(0.38 * math.tan(math.radians(yaw)))
    assert pose.roll == pytest.approx(roll)


@pytest.mark.parametrize("pitch", [-30, -15, 15, 30])
def test_pitch_is_that_of_the_nose(pitch):
    pose = measure_pose(turned(pitch=pitch))
    assert pose.pitch == pytest.approx((0.5 + 0.38 * math.tan(math.radians(pitch))) / 0.98)


def test_points_in_one_place_have_no_pose():
    assert measure_pose(((1.0, 1.0),) * 5)[1:] == (math.inf, math.inf)
