# SPDX-License-Identifier: Apache-2.0
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from flip_mm.media.ffmpeg_check import ffmpeg_refuses
from flip_mm.media.frames import UnreadableError
from flip_mm.media.integrity import jpeg_warning
from flip_mm.media.open_frames import open_frames
from flip_mm.media.still_image import read_image

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
GREY = PICTURE[:, :, 0]
WITH_ALPHA = np.dstack([PICTURE, np.full((20, 30), 255, np.uint8)])


@pytest.fixture
def refused(tmp_path):
    def check(content, match):
        path = tmp_path / "refused.png"
        path.write_bytes(content)
        with pytest.raises(UnreadableError, match=match) as caught:
            read_image(path)
        assert str(path) not in str(caught.value)

    return check


def encoded(image, suffix, **arguments):
    buffer = io.BytesIO()
    image.save(buffer, suffix, **arguments)
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff"])
def test_pixels_are_read_as_they_are(suffix, tmp_path):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(PICTURE).save(path)
    with open_frames(path, "image") as frames:
        assert len(frames) == 1
        assert frames[0].dtype == np.uint8
        np.testing.assert_array_equal(frames[0], PICTURE)
        with pytest.raises(IndexError):
            frames[1]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation, tmp_path):
    # Where row 0 and column 0 of what is stored belong (EXIF 2.32, tag 274).
    transforms = [
        lambda x: x,
        lambda x: x[:, ::-1],
        lambda x: x[::-1, ::-1],
        lambda x: x[::-1],
        lambda x: x.swapaxes(0, 1),
        lambda x: np.rot90(x, 1),
        lambda x: x[::-1, ::-1].swapaxes(0, 1),
        lambda x: np.rot90(x, -1),
    ]
    exif = Image.Exif()
    exif[274] = orientation
    stored = np.ascontiguousarray(transforms[orientation - 1](PICTURE))
    path = tmp_path / "a.png"
    Image.fromarray(stored).save(path, exif=exif)
    np.testing.assert_array_equal(read_image(path), PICTURE)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.fromarray(GREY), np.dstack([GREY] * 3)),
        (Image.fromarray(GREY > 127), np.dstack([np.where(GREY > 127, 255, 0)] * 3)),
        (Image.fromarray(PICTURE).quantize(256), np.asarray(Image.fromarray(PICTURE).quantize(256).convert("RGB"))),
        (Image.fromarray(WITH_ALPHA), PICTURE),
        (Image.fromarray(np.dstack([GREY, WITH_ALPHA[:, :, 3]])), np.dstack([GREY] * 3)),
    ],
    ids=["grey", "1-bit", "palette", "opaque alpha", "grey with opaque alpha"],
)
def test_other_modes_become_colour(image, expected, tmp_path):
    path = tmp_path / "a.png"
    image.save(path)
    np.testing.assert_array_equal(read_image(path), expected)


def test_cmyk_becomes_rgb_and_is_not_inverted(tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (16, 16), (250, 240, 20)).convert("CMYK").save(path, quality=95)
    assert Image.open(path).mode == "CMYK"
    assert np.abs(read_image(path).astype(int) - (250, 240, 20)).max() < 8


def test_transparent_pixels_are_refused(refused):
    transparent = WITH_ALPHA.copy()
    transparent[3, 3, 3] = 254
    refused(encoded(Image.fromarray(transparent), "PNG"), "transparent")
    palette = Image.fromarray(PICTURE).quantize(16)
    refused(encoded(palette, "PNG", transparency=3), "transparent")


@pytest.mark.parametrize(("suffix", "dtype"), [("PNG", np.uint16), ("TIFF", np.uint16), ("TIFF", np.float32)])
def test_more_than_8_bits_are_refused(suffix, dtype, refused):
    refused(encoded(Image.fromarray(GREY.astype(dtype)), suffix), "more than 8 bits")


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bit_colour_is_refused_though_pillow_reads_it_as_8_bits(suffix, refused):
    content = cv2.imencode(suffix, PICTURE.astype(np.uint16) * 257)[1].tobytes()
    assert Image.open(io.BytesIO(content)).mode == "RGB"
    refused(content, "more than 8 bits")


@pytest.mark.parametrize("suffix", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animations_are_refused_and_single_frames_read(suffix, refused, tmp_path):
    first, second = Image.new("RGB", (8, 8), (255, 0, 0)), Image.new("RGB", (8, 8), (0, 0, 255))
    refused(encoded(first, suffix, save_all=True, append_images=[second]), "2 frames or pages")
    path = tmp_path / "single"
    path.write_bytes(encoded(first, suffix))
    assert np.abs(read_image(path).astype(int) - (255, 0, 0)).max() < 8


def test_of_a_multi_picture_jpeg_the_first_counts(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(
        encoded(Image.new("RGB", (8, 8), "red"), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8), "blue")])
    )
    assert read_image(path)[4, 4, 0] > 200


def test_other_formats_are_refused(refused):
    refused(b"", "it is empty")
    refused(b"\x00\x00\x00\x18ftypheic" + bytes(99), "convert other formats to PNG")
    refused(encoded(Image.fromarray(PICTURE), "PPM"), "convert other formats to PNG")


@pytest.mark.parametrize("suffix", ["PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"])
def test_truncated_images_are_refused(suffix, refused):
    content = encoded(Image.fromarray(PICTURE), suffix)
    for part in (0.2, 0.5, 0.9):
        refused(content[: int(part * len(content))], "truncated|damaged")


def test_a_jpeg_damaged_inside_is_refused(damaged_jpeg, refused):
    refused(damaged_jpeg, "it is damaged")


def test_a_jpeg_that_is_damaged_only_for_ffmpeg_is_refused(picture, encoded, refused):
    data = encoded(picture, "JPEG", quality=75)
    damaged = next(
        bad
        for place in range(len(data) // 2, len(data) - 300)
        if not jpeg_warning(bad := data[:place] + bytes(64) + data[place + 64 :]) and ffmpeg_refuses(bad)
    )
    assert not ffmpeg_refuses(data)
    refused(damaged, "it is damaged: FFmpeg cannot decode all of it")


def test_bombs_are_refused_before_they_are_decoded(refused, monkeypatch):
    content = encoded(Image.fromarray(PICTURE), "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    refused(content, "too many pixels")  # Pillow's warning
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    refused(content, "too many pixels")  # Pillow's error


def test_missing_files_are_no_broken_images(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "none.png")
