# SPDX-License-Identifier: Apache-2.0
"""What a user may give for inference: each thing yields a picture, a recording or the reason why it cannot be read."""

import io
import os
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from flip_mm.media import camera
from flip_mm.media.sources import open_sources

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
GREY = PICTURE[:, :, 0]


def encoded(image, suffix="png", **arguments):
    buffer = io.BytesIO()
    image.save(buffer, suffix, **arguments)
    return buffer.getvalue()


PNG = encoded(Image.fromarray(PICTURE))
JPEG = encoded(Image.fromarray(PICTURE), "jpeg")


def one(given, **arguments):
    (source,) = open_sources(given, **arguments)
    return source


@pytest.mark.parametrize(
    "given",
    [
        PICTURE,
        PICTURE[:, ::-1][:, ::-1],
        np.dstack([PICTURE, np.full((20, 30), 255, np.uint8)]),
        PNG,
        bytearray(PNG),
        io.BytesIO(PNG),
        Image.fromarray(PICTURE),
        Image.fromarray(PICTURE).convert("RGBA"),
        Image.open(io.BytesIO(PNG)),
    ],
    ids=["rgb", "view", "opaque", "bytes", "bytearray", "file", "pil", "pil_opaque", "pil_lazy"],
)
def test_an_image_in_memory(given):
    source = one(given)
    assert (source.kind, source.error) == ("picture", "")
    np.testing.assert_array_equal(source.image, PICTURE)
    ((number, time, image, error),) = source.frames()
    assert (number, time, error) == (0, None, "")
    assert image is source.image


def test_the_order_of_channels_is_that_of_arrays_only():
    np.testing.assert_array_equal(one(PICTURE[:, :, ::-1], colour="bgr").image, PICTURE)
    np.testing.assert_array_equal(one(np.dstack([PICTURE[:, :, ::-1], GREY | 255]), colour="bgr").image, PICTURE)
    np.testing.assert_array_equal(one(PNG, colour="bgr").image, PICTURE)
    with pytest.raises(ValueError, match="colour='rbg' must be 'rgb' or 'bgr'"):
        list(open_sources(PICTURE, colour="rbg"))


@pytest.mark.parametrize("given", [GREY, GREY[:, :, None], Image.fromarray(GREY), encoded(Image.fromarray(GREY))])
def test_grey_becomes_colour(given):
    np.testing.assert_array_equal(one(given).image, np.dstack([GREY] * 3))


def test_a_picture_of_one_pixel_and_a_rotated_one():
    assert one(np.zeros((1, 1, 3), np.uint8)).image.shape == (1, 1, 3)
    exif = Image.Exif()
    exif[274] = 6
    for given in (turned := encoded(Image.fromarray(PICTURE), exif=exif), Image.open(io.BytesIO(turned))):
        np.testing.assert_array_equal(one(given).image, np.rot90(PICTURE, -1))


GIF = encoded(
    Image.fromarray(PICTURE), "gif", save_all=True, append_images=[Image.fromarray(PICTURE // 2), Image.fromarray(PICTURE // 3)]
)
BROKEN = {
    "none": (None, "cv2.imread returns None"),
    "float": (PICTURE / 255, "type float64, give uint8"),
    "batch": (PICTURE[None], r"shape \(1, 20, 30, 3\), give \(height, width, 3\)"),
    "two channels": (PICTURE[:, :, :2], r"shape \(20, 30, 2\)"),
    "empty": (PICTURE[:0], "no pixels"),
    "bomb array": (np.broadcast_to(np.uint8(0), (20_000, 20_000, 3)), "too many pixels"),
    "transparent": (np.dstack([PICTURE, GREY]), "transparent"),
    "transparent file": (encoded(Image.fromarray(np.dstack([PICTURE, GREY]))), "transparent"),
    "transparent pil": (Image.fromarray(np.dstack([PICTURE, GREY])), "transparent"),
    "no bytes": (b"", "it is empty"),
    "text": (b"hello", "cannot identify image file"),
    "truncated png": (PNG[:-100], "truncated or damaged"),
    "truncated jpeg": (JPEG[:-100], "truncated or damaged"),
    "truncated pil": (Image.open(io.BytesIO(JPEG[:-100])), "truncated or damaged"),
    "16 bits": (encoded(Image.fromarray(GREY.astype(np.uint16) * 256)), "more than 8 bits"),
    "16 bits pil": (Image.fromarray(GREY.astype(np.uint16) * 256), "more than 8 bits"),
    "lab": (Image.fromarray(PICTURE).convert("LAB"), "colour space LAB"),
    "animation": (GIF, "it has 3 frames"),
    "wide": (encoded(Image.new("1", (20_000, 20_000))), "too many pixels"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_unreadable_image_is_a_state(name, recwarn):
    given, words = BROKEN[name]
    first, broken, last = open_sources([PICTURE, given, PICTURE])
    assert first.image is not None
    assert last.image is not None
    assert broken.image is None
    assert not list(broken.frames())
    with pytest.raises(ValueError, match=words):
        raise ValueError(broken.error)


def test_cmyk_and_palette_images_are_read():
    assert one(encoded(Image.fromarray(PICTURE).convert("CMYK"), "jpeg")).image.shape == (20, 30, 3)
    assert one(Image.fromarray(PICTURE).convert("P")).image.shape == (20, 30, 3)


@pytest.mark.parametrize("given", [1.5, True, {}, object(), ["a.png", 2.5]])
def test_other_values_are_refused(given):
    with pytest.raises(TypeError, match="is no picture or recording: give a path"):
        list(open_sources(given))


def test_names():
    pictures = [PICTURE, PNG, Image.fromarray(PICTURE), (PICTURE, None)]
    assert [source.name for source in open_sources(pictures)] == ["array 0", "bytes 1", "image 2", "array 3", "image 4"]


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "photos"
    (root / "more").mkdir(parents=True)
    for name in ("b.png", "a.JPG", "more/c.png", ".hidden.png", "no_ending"):
        (root / name).write_bytes(PNG)
    (root / "notes.txt").write_text("hello")
    (root / "text.jpg").write_text("hello")
    (root / "gone.png").symlink_to("absent.png")
    return root


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("b.png", ["b.png"]),
        ("no_ending", ["no_ending"]),
        ("", ["a.JPG", "b.png", "gone.png!", "text.jpg!"]),
        ("*.png", ["b.png", "gone.png!"]),
        ("m*", ["more/c.png"]),
        ("**/*.png", ["b.png", "gone.png!", "more/c.png"]),
        ("**", ["a.JPG", "b.png", "gone.png!", "more/c.png", "no_ending", "notes.txt!", "text.jpg!"]),
        ("absent.png", ["absent.png!"]),
        ("*.bmp", ["*.bmp!"]),
    ],
)
def test_paths(given, names, folder):
    found = [os.path.relpath(source.name, folder) + "!" * bool(source.error) for source in open_sources(folder / given)]
    assert found == names
    relative = [str(folder / given)]
    assert [bool(source.error) for source in open_sources(iter(relative))] == [name[-1] == "!" for name in names]


def test_a_name_with_brackets_is_a_file_first(tmp_path):
    (tmp_path / "a[1].png").write_bytes(PNG)
    assert not one(tmp_path / "a[1].png").error
    assert not one(str(tmp_path / "a[[]1].png")).error


def test_reasons(folder, tmp_path, monkeypatch):
    assert one(folder / "absent.png").error == "there is no such file"
    assert one(folder / "*.bmp").error == "no file matches this pattern"
    assert one(folder / "gone.png").error == "it is a broken link"
    assert one("").error == "its name is empty"
    assert one("a\0b.png").error
    assert one("x" * 5000).error
    assert one("/dev/zero").error == "it is a device or a pipe, not a file"
    (empty := tmp_path / "empty").mkdir()
    assert one(empty).error == "the folder contains no pictures or videos"
    (empty / "inner").mkdir()
    assert one(empty).error.endswith(f"for its subfolders give '{empty}/**/*.jpg'")

    def forbidden(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "listdir", forbidden)
    assert one(empty).error == "the folder cannot be read (Permission denied)"


def test_a_file_without_permission(folder, monkeypatch):
    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    assert one(folder / "b.png").error == "it cannot be read (Permission denied)"


def test_a_file_that_is_too_long_for_a_picture_is_not_read(folder):
    os.truncate(folder / "b.png", 1 << 40)
    assert one(folder / "b.png").error == "it has 1,099,511,627,776 bytes, which is no picture"


def test_sources_are_read_one_at_a_time():
    def paths():
        yield "absent.png"
        raise AssertionError("read too early")

    assert next(open_sources(paths())).error
    pictures = (PICTURE for _ in range(10**12))
    frames = one(pictures).frames()
    assert [next(frames).number for _ in range(3)] == [0, 1, 2]


def test_a_generator_of_images_is_a_recording():
    source = one(iter([PICTURE, None, PICTURE, PICTURE]), stride=1)
    assert (source.kind, source.name, source.image) == ("frames", "frames 0", None)
    assert [(frame.number, frame.image is None, bool(frame.error)) for frame in source.frames()] == [
        (0, False, False),
        (1, True, True),
        (2, False, False),
        (3, False, False),
    ]
    assert [frame.number for frame in one(iter([PICTURE] * 4), stride=3).frames()] == [0, 3]
    assert list(open_sources(iter([]))) == []
    with pytest.raises(ValueError, match="stride=0 must be a whole number of 1 or more"):
        list(open_sources(PICTURE, stride=0))


def test_pictures_need_no_pyav(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "flip_mm.media.video", raising=False)
    (folder / "a.mp4").write_bytes(b"x")
    assert not one(folder / "b.png").error
    assert not one(JPEG).error
    assert one(folder / "a.mp4").error == 'reading videos needs the package av: pip install "flip_mm[prepare]"'


class Camera:
    """Stands for a camera that is unplugged after two frames."""

    def __init__(self, index):
        self.left, self.index = 2, index

    def isOpened(self):
        return self.index == 7

    def set(self, *_):
        return True

    def grab(self):
        self.left -= 1
        return self.left >= 0

    def retrieve(self):
        return True, PICTURE[:, :, ::-1]

    def release(self):
        self.left = -1


@pytest.mark.parametrize("given", [7, "7", "/dev/video7"])
def test_a_camera(given, monkeypatch, tmp_path):
    monkeypatch.setattr(camera, "DEVICES", tmp_path)
    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    for number in (7, 11):
        (tmp_path / f"video{number}").touch()
    source = one(given)
    assert (source.kind, source.name, source.error) == ("camera", "7", "")
    *frames, end = source.frames()
    assert [frame.number for frame in frames] == [0, 1]
    assert frames[0].time == 0 <= frames[1].time
    np.testing.assert_array_equal(frames[0].image, PICTURE)
    assert (end.number, end.image) == (2, None)
    assert end.error.startswith("camera 7 sends no more frames, after 2 frames")
    (busy,) = one(11).frames()
    assert busy.error.startswith("camera 11 cannot be opened")


def test_an_absent_camera_is_one_sentence(capfd, monkeypatch, tmp_path):
    (frame,) = one("99").frames()
    assert frame.image is None
    assert "camera 99" in frame.error
    assert "-1 is no number of a camera" in one(-1).error
    assert capfd.readouterr() == ("", "")
    (tmp_path / "0").write_bytes(PNG)
    monkeypatch.chdir(tmp_path)
    assert one("0").kind == "picture"
