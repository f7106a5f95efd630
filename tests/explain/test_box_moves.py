# SPDX-License-Identifier: Apache-2.0
"""Scores of moved boxes."""

import numpy as np
import pytest
from fixtures.bright_model import BrightRuntime, bright_card

from flip_mm.explain.box_moves import box_moves, moved_frame
from flip_mm.faces.face import Face
from flip_mm.faces.moved_boxes import Move


@pytest.fixture
def runtime():
    return BrightRuntime(bright_card())


def test_brightness_that_grows_to_the_right_and_downwards(runtime):
    y, x = np.mgrid[:100, :100]
    image = np.repeat((x + 0.5 * y)[..., None], 3, 2).astype(np.uint8)
    found = box_moves(runtime, image, Face((30, 30, 70, 70)))
    # Of a box at 50, 50: brightness 50 + 25; a shift by 15 % of 40 pixels is 6 levels, downwards 3.
    expected = (75 + 40 * np.add.outer(0.5 * np.array([-0.15, -0.075, 0, 0.075, 0.15]), [-0.15, -0.075, 0, 0.075, 0.15])) / 255
    np.testing.assert_allclose(found.shifted, expected, atol=0.004)
    np.testing.assert_allclose(found.scaled, expected[2, 2], atol=0.004)
    assert found.shifted[2, 2] == found.scaled[2]
    assert found.moved.shape == (30,)
    np.testing.assert_array_equal(found.moved[:12], found.shifted.ravel()[:12])
    np.testing.assert_array_equal(found.moved[-4:], found.scaled[3:])
    assert runtime.batches == [16, 16]


def test_without_a_move_the_score_is_that_of_the_crop(runtime, noise):
    image = noise(50)
    found = box_moves(runtime, image, None)
    from flip_mm.inference.preprocessing import face_crop

    crop = face_crop(image, None, runtime.card.inputs[0])
    assert found.shifted[2, 2] == runtime([crop[None]]).p_real()[0]


@pytest.mark.parametrize(
    ("move", "rows", "columns"),
    [
        (Move(), [0, 1, 2, 3], [0, 1, 2, 3]),
        (Move(right=0.25), [0, 1, 2, 3], [1, 2, 3, 3]),
        (Move(down=-0.5), [0, 0, 0, 1], [0, 1, 2, 3]),
        (Move(0.5), [1, 2], [1, 2]),
        (Move(1.5), [0, 0, 1, 2, 3, 3], [0, 0, 1, 2, 3, 3]),
    ],
)
def test_a_moved_frame_repeats_the_border(move, rows, columns, noise):
    image = noise(4)
    np.testing.assert_array_equal(moved_frame(image, move), image[rows][:, columns])


def test_a_frame_of_one_pixel_stays(noise):
    assert moved_frame(noise(1), Move(0.8)).shape == (1, 1, 3)
