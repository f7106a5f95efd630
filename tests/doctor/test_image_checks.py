# SPDX-License-Identifier: Apache-2.0
"""Damage to images: every kind is found with the right count."""

from collections import Counter

import cv2
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from flip_mm.doctor import image_facts
from flip_mm.doctor.image_checks import share_guessed
from flip_mm.doctor.image_facts import inspect_image, inspect_images
from flip_mm.media.decoding import decode_image
from flip_mm.media.ffmpeg_check import ffmpeg_refuses
from flip_mm.media.integrity import jpeg_warning

NAME = "msu/test/real/real_client002_android_SD_scene01_frame1.png"


@pytest.fixture
def image(pair):
    return pair / "frame" / NAME


def colour(value, side=32):
    return Image.new("RGB", (side, side), value)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.write_bytes(b""), "it is empty"),
        (lambda path: path.write_bytes(path.read_bytes()[:700]), "OSError"),
        (lambda path: path.write_text("<html>404</html>"), "UnidentifiedImageError: cannot identify image file"),
        (lambda path: Image.fromarray(np.zeros((32, 32), np.uint16)).save(path), "it has more than 8 bits per channel"),
        (lambda path: Image.new("1", (10_000, 9_000)).save(path), "DecompressionBomb"),
    ],
)
def test_unreadable_images_stop_the_runs_that_need_them(damage, reason, image, found, look, pair):
    damage(image)
    report = look(pair)
    assert found(report) == {("image_unreadable", "M real"): 1}
    (example,) = report.findings[0].examples
    assert example.startswith(f"{NAME}: ")
    assert reason in example
    assert str(pair) not in example
    reasons = {own.title: own.reasons for own in report.verdicts}
    assert reasons["p3 C->M"] == ["test images unreadable: 1 of 30"]
    assert reasons["p3 M->C"] == []


def test_a_second_frame_that_only_holdout_needs_stops_no_run(found, look, pair):
    (shot,) = (pair / "txt/msu_real_shot.txt").read_text().split()
    (pair / "frame" / shot.replace("frame0", "frame1")).write_bytes(b"")
    assert found(look(pair)) == {("unused_unreadable", "M real"): 1}


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (colour((3, 3, 3)), "image_black"),
        (colour((255, 255, 255)), "image_white"),
        (colour((90, 40, 200)), "image_constant"),
    ],
)
def test_images_without_content(picture, code, image, found, look, pair):
    picture.save(image)
    report = look(pair)
    assert found(report) == {(code, "M real"): 1}
    assert report.passed


def test_tiny_images(image, found, look, pair):
    tiny = Image.open(image).resize((31, 40))
    tiny.save(image)
    assert found(look(pair)) == {("image_tiny", "M real"): 1}


def test_blurred_images(image, found, look, pair):
    cv2.imwrite(str(image), cv2.GaussianBlur(cv2.imread(str(image)), (0, 0), 3))
    report = look(pair)
    assert found(report) == {("image_blurred", "M real"): 1}
    assert report.findings[0].examples[0].startswith(NAME)


def test_metadata_is_counted(image, found, look, pair):
    picture = Image.open(image)
    picture.load()
    exif = picture.getexif()
    exif[0x010F] = "maker"
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "who")
    picture.save(image, pnginfo=text)
    photo = next((pair / "frame/celeb/real").iterdir())
    place = Image.open(photo).getexif()
    place.get_ifd(0x8825)[1] = "N"
    Image.open(photo).save(photo, exif=place)
    other = next((pair / "frame/celeb/fake").iterdir())
    Image.open(other).save(other, exif=exif)
    assert found(look(pair)) == {("metadata", "frame"): 3, ("metadata_place", "frame"): 1}
    assert inspect_image(NAME, pair / "frame").metadata == ("text",)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_metadata_is_no_broken_image(pair):
    path = next((pair / "frame/celeb/real").iterdir())
    data = path.read_bytes()
    junk = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 20
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(junk) + 2).to_bytes(2, "big") + junk + data[2:])
    facts = inspect_image(path.name, path.parent)
    assert facts.error == ""
    assert np.array_equal(decode_image(path.read_bytes())[..., 0].shape, (32, 32))


def test_sizes_and_formats_that_reveal_the_class(found, look, pair):
    for path in (pair / "frame/msu").glob("*/real/*"):
        Image.open(path).resize((48, 48)).save(path)
    for path in (pair / "frame/celeb/fake").iterdir():
        Image.open(path).save(path.with_suffix(".png"))
        path.unlink()
    result = found(look(pair))
    assert result["class_size", "M"] == result["class_format", "CelebA"] == 1


def test_jpegs_that_only_ffmpeg_finds_damaged_are_doubtful(pair, found, look, picture, encoded):
    path = next((pair / "frame/celeb/real").iterdir())
    data = encoded(picture, "JPEG", quality=75)
    path.write_bytes(data)
    assert "image_doubtful" not in {code for code, _ in found(look(pair))}
    path.write_bytes(
        next(
            bad
            for place in range(len(data) // 2, len(data) - 300)
            if not jpeg_warning(bad := data[:place] + bytes(64) + data[place + 64 :]) and ffmpeg_refuses(bad)
        )
    )
    result = found(look(pair))
    assert result["image_doubtful", "CelebA real"] == 1
    assert "image_unreadable" not in {code for code, _ in result}


def test_jpegs_damaged_inside_stop_the_runs_that_need_them(damaged_jpeg, image, found, look, pair):
    image.write_bytes(damaged_jpeg)
    assert found(look(pair))["image_unreadable", "M real"] == 1


def test_guessing_the_class_from_a_value():
    assert share_guessed(Counter(a=5), Counter(b=1)) == 1
    assert share_guessed(Counter(a=5, b=5), Counter(a=1, b=1)) == 0.5
    assert share_guessed(Counter(a=3, b=1), Counter(a=1, b=3)) == 0.75
    assert share_guessed(Counter({str(i): 1 for i in range(30)}), Counter(b=1)) == 0.5


def test_several_processes_read_the_same(shared_mcio, monkeypatch):
    paths = sorted(str(p.relative_to(shared_mcio / "frame")) for p in (shared_mcio / "frame").rglob("*.*"))
    one = inspect_images(paths, shared_mcio / "frame", 1)
    two = inspect_images(paths, shared_mcio / "frame", 2)
    assert len(one) == 156
    assert one == two
    assert list(two) == paths


def test_facts(tmp_path):
    colour((0, 0, 255), 8).save(tmp_path / "a.png")
    facts = inspect_image("a.png", tmp_path)
    assert facts[4:9] == (8, 8, 0.0, pytest.approx(29 / 255), 0)
    assert facts.small == bytes([29] * 256)
    with_edge = np.zeros((image_facts.SIDE, image_facts.SIDE, 3), np.uint8)
    with_edge[:, image_facts.SIDE // 2 :] = 255
    Image.fromarray(with_edge).save(tmp_path / "b.png")
    # The Laplacian is +-255 in the two columns beside the edge.
    assert inspect_image("b.png", tmp_path).sharpness == pytest.approx(2 * 255**2 / image_facts.SIDE)
