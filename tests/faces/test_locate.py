# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.faces.detectors import DetectorError, build_detector
from flip_mm.faces.face import Face
from flip_mm.faces.locate import locate_face
from flip_mm.faces.preparer import FacePreparer

IMAGE = np.zeros((100, 200, 3), np.uint8)


def test_the_largest_plausible_face_is_selected():
    small, large, tiny = Face((10, 10, 40, 40), 0.95), Face((60, 10, 120, 80), 0.95), Face((150, 10, 160, 20), 1.0)
    outside, doubtful = Face((190, 10, 290, 90), 0.95), Face((0, 0, 100, 100), 0.6)
    faces = [small, outside, large, tiny, doubtful]
    assert locate_face(lambda image: faces, IMAGE) == (large, [small, large, doubtful])
    assert locate_face(lambda image: [tiny, outside], IMAGE) == (None, [])


def test_a_failing_detector_is_named():
    with pytest.raises(DetectorError, match="the face detector failed: ZeroDivisionError"):
        locate_face(lambda image: 1 / 0, IMAGE)


def test_data_preparation_selects_the_same_face(photo):
    pytest.importorskip("skimage")
    located = locate_face(build_detector("lbp"), photo)
    prepared = FacePreparer("lbp").open([photo], [0]).prepare(0)
    assert (prepared.face, prepared.face_count) == (located.face, len(located.faces))
    assert prepared.doubts == ("no_landmarks",)
