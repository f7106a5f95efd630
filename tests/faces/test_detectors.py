# SPDX-License-Identifier: Apache-2.0
import sys
import types

import cv2
import numpy as np
import pytest

from flip_mm.faces.detectors import DetectorError, build_detector, detect
from flip_mm.faces.downscale import detect_downscaled
from flip_mm.faces.face import Face
from flip_mm.faces.rotation import rotate_face_180

# Of the astronaut's face.
EYES = ((205, 102), (247, 104))


def holds_the_eyes(face):
    x0, y0, x1, y1 = face.box
    return all(x0 < x < x1 and y0 < y < y1 for x, y in EYES)


@pytest.fixture(scope="module")
def mtcnn():
    pytest.importorskip("facenet_pytorch")
    return build_detector("mtcnn")


@pytest.fixture(scope="module")
def lbp():
    pytest.importorskip("skimage")
    return build_detector("lbp")


@pytest.mark.parametrize("scale", [1, 2])
def test_lbp_finds_a_face_whatever_the_size_of_the_frame(lbp, photo, scale):
    face, *others = lbp(cv2.resize(photo, None, fx=scale, fy=scale))
    assert all(other.area < face.area for other in others)
    x0, y0, x1, y1 = (value / scale for value in face.box)
    assert holds_the_eyes(Face((x0, y0, x1, y1)))
    assert 80 < x1 - x0 < 130
    assert face.score is None
    assert face.eyes is None


@pytest.mark.parametrize("shape", [(1, 1), (300, 7), (200, 200)])
def test_lbp_finds_nothing_in_nothing(lbp, shape):
    assert lbp(np.full((*shape, 3), 127, np.uint8)) == []


@pytest.mark.parametrize("scale", [0.5, 1, 2])
def test_mtcnn_finds_face_and_eyes(mtcnn, photo, scale):
    (face,) = mtcnn(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    assert face.score > 0.99
    assert np.array(face.eyes) / scale == pytest.approx(np.array(EYES), abs=4)
    assert holds_the_eyes(Face(tuple(np.array(face.box) / scale)))


def test_mtcnn_keeps_all_faces_and_finds_none_in_nothing(mtcnn, photo):
    head = photo[20:230, 120:320]
    assert len(mtcnn(np.hstack([head, head[:, ::-1]]))) == 2
    assert mtcnn(np.zeros((8, 300, 3), np.uint8)) == mtcnn(np.zeros((100, 100, 3), np.uint8)) == []


def test_mtcnn_reads_its_weights_as_plain_tensors(mtcnn, monkeypatch):
    # PyTorch's own switch: a pickle of anything else would be refused.
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "1")
    assert build_detector("mtcnn").network.training is False


@pytest.mark.parametrize("missing", ["facenet_pytorch", "requests"])
def test_a_missing_mtcnn_says_how_to_get_it(monkeypatch, missing):
    for name in [name for name in sys.modules if name.split(".")[0] in ("facenet_pytorch", missing)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match="`pip install requests && pip install --no-deps facenet-pytorch`"):
        build_detector("mtcnn")


def test_a_missing_scikit_image_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.feature", None)
    with pytest.raises(ImportError, match=r'pip install "flip_mm\[prepare\]"'):
        build_detector("lbp")


class YuNet:
    """Stands in for OpenCV's network: two faces at fixed shares of whatever size it is told."""

    def setInputSize(self, size):
        self.size = size

    def detect(self, image):
        assert image.shape[:2][::-1] == self.size
        assert image[0, 0].tolist() == [3, 2, 1]  # BGR
        row = [100, 50, 80, 100, 160, 90, 120, 92, 140, 110, 155, 130, 125, 131, 0.95]
        return 1, np.array([row, [5, 5, 30, 30, 10, 15, 20, 15, 15, 20, 12, 25, 18, 25, 1.0000001]], np.float32)


@pytest.fixture
def yunet(monkeypatch, tmp_path):
    created = []
    create = lambda *arguments: created.append(arguments) or YuNet()  # noqa: E731
    monkeypatch.setattr(cv2, "FaceDetectorYN", types.SimpleNamespace(create=create), raising=False)
    model = tmp_path / "yunet.onnx"
    model.touch()
    return build_detector("yunet", model), created, model


def test_yunet_rows_become_faces(yunet):
    detector, created, model = yunet
    assert created[0][:2] == (str(model), "")
    first, second = detector(np.full((480, 640, 3), (1, 2, 3), np.uint8))
    # The right eye of a person, which comes first, is on the left of an unmirrored image; order is by x.
    landmarks = ((120, 92), (160, 90), (140, 110), (125, 131), (155, 130))
    assert first == Face((100, 50, 180, 150), pytest.approx(0.95), ((120, 92), (160, 90)), landmarks)
    assert second.score == 1


def test_yunet_boxes_are_in_pixels_of_the_frame(yunet):
    face = yunet[0](np.full((960, 1280, 3), (1, 2, 3), np.uint8))[0]
    assert face.box == (200, 100, 360, 300)
    assert face.eyes == ((240, 184), (320, 180))


def test_yunet_without_faces(yunet, monkeypatch):
    monkeypatch.setattr(YuNet, "detect", lambda self, image: (1, None))
    assert yunet[0](np.zeros((10, 10, 3), np.uint8)) == []


def test_yunet_needs_its_model(tmp_path):
    with pytest.raises(ValueError, match=r"download face_detection_yunet_2023mar\.onnx"):
        build_detector("yunet")
    with pytest.raises(ValueError, match=r"no\.onnx', is no file"):
        build_detector("yunet", tmp_path / "no.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"bad")
    with pytest.raises(ValueError, match=r"cannot read '.*bad\.onnx' as a YuNet model"):
        build_detector("yunet", tmp_path / "bad.onnx")


def test_an_own_detector_is_named_by_its_path(monkeypatch, tmp_path):
    module = types.ModuleType("my_faces")
    module.build = lambda weights: lambda image: [Face((0, 0, 40, 40), eyes=weights)]
    monkeypatch.setitem(sys.modules, "my_faces", module)
    assert build_detector("my_faces:build", tmp_path)(None)[0].eyes == tmp_path
    with pytest.raises(ValueError, match="'my_faces:other' cannot be imported"):
        build_detector("my_faces:other")


def test_invalid_arguments_are_errors(tmp_path):
    with pytest.raises(ValueError, match="face detector 'haar' is unknown; choose from mtcnn, retinaface, yunet, lbp"):
        build_detector("haar")
    with pytest.raises(ValueError, match="includes its weights"):
        build_detector("lbp", tmp_path)


def test_finds_in_a_small_copy_are_scaled_by_either_axis():
    sizes = []
    faces = detect_downscaled(lambda image: sizes.append(image.shape) or [Face((1, 2, 3, 4), 0.5)], np.zeros((101, 200, 3)), 50)
    assert sizes == [(25, 50, 3)]
    assert faces[0].box == pytest.approx((4, 2 * 101 / 25, 12, 4 * 101 / 25))
    assert faces[0].score == 0.5


def test_landmarks_are_moved_and_keep_their_order():
    landmarks = ((30, 40), (70, 41), (50, 60), (35, 80), (65, 81))
    face = Face((10, 20, 90, 100), 0.5, landmarks=landmarks)
    assert face.eyes == landmarks[:2]
    assert face.moved(lambda point: (2 * point[0], 3 * point[1])) == Face(
        (20, 60, 180, 300), 0.5, landmarks=((60, 120), (140, 123), (100, 180), (70, 240), (130, 243))
    )
    # Rotated by 180 degrees, the other eye is on the left.
    turned = rotate_face_180(face, 100, 120)
    assert turned == Face((10, 20, 90, 100), 0.5, landmarks=((30, 79), (70, 80), (50, 60), (35, 39), (65, 40)))
    assert rotate_face_180(turned, 100, 120) == face


def test_mtcnn_finds_nose_and_mouth(mtcnn, photo):
    (face,) = mtcnn(photo)
    assert np.array(face.landmarks) == pytest.approx(np.array([*EYES, (225, 129), (202, 139), (245, 142)]), abs=4)
    assert face.landmarks[:2] == face.eyes


@pytest.mark.parametrize("landmarks", [((1, 2),) * 4, ((1, 2),) * 4 + ((1, np.nan),), ((1, 2),) * 4 + ((1, 2, 3),), (1, 2)])
def test_wrong_landmarks_of_a_detector_are_an_error(landmarks):
    face = Face((0, 0, 40, 40), eyes=((1, 2), (3, 4)), landmarks=landmarks)
    with pytest.raises(DetectorError):
        detect(lambda image: [face], None)
