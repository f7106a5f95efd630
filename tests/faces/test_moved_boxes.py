# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.faces.crop import crop_face
from flip_mm.faces.face import Face
from flip_mm.faces.moved_boxes import Move, move_face, moved_crops, whole_image


def test_a_box_is_scaled_about_its_centre_and_shifted():
    face = Face((100, 60, 200, 180), 0.9, ((130, 100), (170, 100)))
    assert move_face(face, Move()) == face
    moved = move_face(face, Move(1.2, 0.15, -0.1))
    # The larger side is 120.
    assert moved.box == pytest.approx((90 + 18, 48 - 12, 210 + 18, 192 - 12))
    assert (moved.score, moved.eyes) == (face.score, face.eyes)


def test_crops_are_those_of_the_moved_boxes(drawing, drawn):
    moves = [Move(), Move(1.4), Move(right=0.15), Move(0.8, 0, -0.15)]
    crops = moved_crops(drawing, drawn, moves, size=48, margin=0.2)
    np.testing.assert_array_equal(crops[0], crop_face(drawing, drawn, 48, 0.2))
    for move, crop in zip(moves, crops, strict=True):
        np.testing.assert_array_equal(crop, crop_face(drawing, move_face(drawn, move), 48, 0.2))
    assert all(not np.array_equal(crops[0], crop) for crop in crops[1:])


def test_a_shift_to_the_right_moves_the_content_to_the_left(drawing, drawn):
    still, moved = moved_crops(drawing, drawn, [Move(), Move(right=0.1)], size=120, margin=0.0)
    np.testing.assert_array_equal(still[:, 12:], moved[:, :-12])


def test_a_ready_crop_is_its_own_box(drawing):
    crop = np.ascontiguousarray(drawing[:64, :64])
    same, larger = moved_crops(crop, whole_image(crop), [Move(), Move(1.4)], size=64, margin=0)
    np.testing.assert_array_equal(same, crop)
    assert larger.shape == crop.shape
