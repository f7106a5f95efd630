# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.faces.box_doubts import box_doubts
from flip_mm.faces.face import Face

EYES = ((130, 130), (170, 130))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        # The crop is 90 to 210 in both directions.
        (None, ()),
        ((300, 100, 400, 200), ()),
        ((190, 190, 230, 230), ("second_face",)),  # a quarter is within
        ((191, 190, 231, 230), ()),
        ((110, 110, 120, 120), ("second_face",)),
        ((0, 0, 300, 300), ()),  # a sixth is within
        ((60, 60, 240, 240), ("second_face",)),
        ((140, 140, 140, 140), ()),  # empty
    ],
)
def test_a_second_face_within_the_crop(other, expected):
    face = Face((100, 100, 200, 200), 0.9, EYES)
    faces = [face, *([Face(other)] if other else [])]
    assert box_doubts(face, faces, margin=0.1) == expected
    assert box_doubts(Face(face.box), faces[1:], margin=0.1) == ("no_landmarks", *expected)


def test_a_larger_margin_holds_more():
    face, other = Face((100, 100, 200, 200), 0.9, EYES), Face((210, 100, 250, 200))
    assert box_doubts(face, [face, other], 0.1) == ()
    assert box_doubts(face, [face, other], 0.25) == ("second_face",)
