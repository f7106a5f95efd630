# SPDX-License-Identifier: Apache-2.0
"""Files of every mode against ``cv2.imread``, by which the release reads, and against plain Pillow."""

import io
import struct
import zlib
from hashlib import sha256

import cv2
import numpy as np
import pytest
from mmpretrain.registry import TRANSFORMS
from PIL import Image

from flip_mm.media.decoding import decode_image
from flip_mm.media.frames import UnreadableError
from flip_mm.media.plain_png import SIGNATURE, decode_plain_png

SHAPE = (48, 64)
ALPHA = np.random.default_rng(0).integers(0, 256, SHAPE, dtype=np.uint8)
ALPHA[:20, :20] = 0


def of_mode(picture, mode):
    """The picture in a mode; where it has alpha, with transparent, half transparent and opaque pixels."""
    picture = picture.resize(SHAPE[::-1])
    if mode in ("LA", "RGBA"):
        picture = picture.convert(mode.removesuffix("A"))
        picture.putalpha(Image.fromarray(ALPHA))
        return picture
    return picture.quantize(64) if mode == "P" else picture.convert(mode)


@pytest.mark.parametrize(
    ("suffix", "modes", "options"),
    [
        ("PNG", ("1", "L", "LA", "P", "RGB", "RGBA"), {}),
        ("TIFF", ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK"), {}),
        ("TIFF", ("L", "LA", "P", "RGB", "RGBA"), dict(compression="tiff_lzw")),
        ("WEBP", ("L", "RGB", "RGBA"), dict(lossless=True, exact=True)),
        ("WEBP", ("RGB", "RGBA"), dict(quality=80)),
        ("BMP", ("1", "L", "P", "RGB", "RGBA"), {}),
        ("JPEG", ("L", "RGB"), dict(quality=85)),
        ("JPEG", ("L", "RGB"), dict(progressive=True, subsampling=0)),
    ],
)
def test_every_mode_is_read_as_the_release_reads_it(suffix, modes, options, picture, encoded, tmp_path):
    for mode in modes:
        path = tmp_path / mode
        path.write_bytes(encoded(of_mode(picture, mode), suffix, **options))
        loaded = TRANSFORMS.build(dict(type="LoadFrame"))(dict(img_path=str(path)))
        np.testing.assert_array_equal(loaded["img"], cv2.imread(str(path)), err_msg=mode)
        assert loaded["img_shape"] == loaded["ori_shape"] == SHAPE


TRANSPARENT = {
    "palette, one colour": ("P", 3),
    "palette, every colour": ("P", bytes(range(0, 256, 4))),
    "grey": ("L", 100),
    "colour": ("RGB", (250, 10, 90)),
    "1-bit": ("1", 0),
}


@pytest.mark.parametrize(("mode", "value"), TRANSPARENT.values(), ids=TRANSPARENT)
def test_transparency_without_a_channel_is_dropped(mode, value, picture, encoded):
    data = encoded(of_mode(picture, mode), "PNG", transparency=value)
    assert Image.open(io.BytesIO(data)).has_transparency_data
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_array_equal(decode_image(data), expected)


@pytest.mark.parametrize("suffix", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_upright_as_the_release_turns_them(suffix, orientation, picture, encoded):
    exif = Image.Exif()
    exif[274] = orientation
    data = encoded(of_mode(picture, "RGB"), suffix, exif=exif)
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_array_equal(decode_image(data), expected)


@pytest.mark.parametrize("options", [dict(), dict(subsampling=0, quality=95), dict(progressive=True), dict(optimize=True)])
@pytest.mark.parametrize("suffix", ["JPEG", "PNG"])
def test_pixels_are_pillows(suffix, options, picture, encoded):
    data = encoded(picture, suffix, **options)
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(decode_image(data), np.array(image))
    assert decode_image(data).dtype == np.uint8


def test_colour_spaces_without_a_single_way_to_rgb_are_refused(picture, encoded):
    with pytest.raises(ValueError, match="its colour space LAB has no unique conversion to RGB"):
        decode_image(encoded(picture.convert("LAB"), "TIFF"))


def test_damage_and_other_bytes_than_recorded_are_refused(damaged_jpeg, picture, encoded):
    data = encoded(picture, "JPEG")
    with pytest.raises(ValueError, match="it is damaged"):
        decode_image(damaged_jpeg)
    with pytest.raises(ValueError, match="it is not the file that was converted"):
        decode_image(damaged_jpeg, sha256(data).hexdigest())
    np.testing.assert_array_equal(decode_image(data, sha256(data).hexdigest()), decode_image(data))
    with pytest.raises(ValueError, match="it is empty"):
        decode_image(b"")


def test_formats_that_no_camera_writes_are_not_decoded(picture, encoded):
    for suffix in ("PPM", "TGA", "ICO"):
        with pytest.raises(OSError, match="it is none of JPEG, PNG, BMP, TIFF, WEBP, GIF"):
            decode_image(encoded(picture.resize((16, 16)), suffix))


def test_strict_rules_refuse_ambiguous_images(picture, encoded):
    first, second = (Image.new("RGB", (8, 8), colour) for colour in ("red", "blue"))
    refused = {
        "transparent pixels": encoded(of_mode(picture, "RGBA"), "PNG"),
        "2 frames or pages": encoded(first, "GIF", save_all=True, append_images=[second]),
    }
    for reason, data in refused.items():
        assert decode_image(data).dtype == np.uint8
        with pytest.raises(UnreadableError, match=reason):
            decode_image(data, strict=True)
    for data in (encoded(of_mode(picture, mode), "PNG") for mode in ("1", "L", "P", "RGB")):
        np.testing.assert_array_equal(decode_image(data, strict=True), decode_image(data))


@pytest.mark.parametrize("size", [(1, 1), (9, 16), (61, 47)])
@pytest.mark.parametrize("quality", [20, 95])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_usual_jpegs_are_read_as_by_pillow(size, quality, progressive, subsampling, picture, encoded):
    data = encoded(picture.resize(size), "JPEG", quality=quality, progressive=progressive, subsampling=subsampling)
    np.testing.assert_array_equal(decode_image(data), np.array(Image.open(io.BytesIO(data))))


def chunk(name, content):
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def png_of(rows, size):
    """A PNG file whose compressed pixels are `rows`, with valid checksums."""
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_plain_pngs_are_read_as_by_pillow(picture, encoded):
    for size in ((1, 1), (9, 16), (61, 47)):
        small = picture.convert("RGB").resize(size)
        for data in (encoded(small, "PNG"), cv2.imencode(".png", np.array(small)[..., ::-1])[1].tobytes()):
            np.testing.assert_array_equal(decode_plain_png(data), np.array(small))
            np.testing.assert_array_equal(decode_image(data), np.array(small))


def test_only_intact_plain_pngs_take_the_fast_way(picture, encoded):
    small = picture.convert("RGB").resize((9, 16))
    data = encoded(small, "PNG")
    for mode in ("1", "L", "LA", "P", "RGBA"):
        assert decode_plain_png(encoded(small.convert(mode), "PNG")) is None
    assert decode_plain_png(encoded(small, "PNG", transparency=(1, 2, 3))) is None
    assert decode_plain_png(encoded(small, "JPEG")) is None
    for place in range(len(data)):
        assert decode_plain_png(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]) is None
        assert decode_plain_png(data[:place]) is None
    assert decode_plain_png(data + b"0") is None


@pytest.mark.parametrize("damage", ["short", "adler", "code"])
def test_a_damaged_stream_with_valid_checksums_is_refused_as_by_pillow(damage):
    rows = zlib.compress(b"".join(b"\0" + bytes(range(y, y + 48)) for y in range(16)))
    bad = dict(
        short=zlib.compress(bytes(49 * 5)), adler=rows[:-1] + bytes([rows[-1] ^ 1]), code=rows[:20] + b"\xff" * 9 + rows[29:]
    )
    assert decode_image(png_of(rows, (16, 16)))[3, 0].tolist() == [3, 4, 5]
    data = png_of(bad[damage], (16, 16))
    try:
        want = np.array(Image.open(io.BytesIO(data)))
    except (OSError, SyntaxError):
        with pytest.raises((OSError, SyntaxError)):
            decode_image(data)
    else:
        np.testing.assert_array_equal(decode_image(data), want)


def test_limits_of_opencv_are_not_those_of_images(picture, encoded, monkeypatch):
    def limited(*_):
        raise cv2.error("pixels <= CV_IO_MAX_IMAGE_PIXELS")

    small = picture.convert("RGB").resize((9, 16))
    monkeypatch.setattr(cv2, "imdecode", limited)
    np.testing.assert_array_equal(decode_image(encoded(small, "PNG")), np.array(small))


def chunks_of(data):
    """(name, content) of all chunks."""
    position, found = 8, []
    while position < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        found.append((data[position + 4 : position + 8], data[position + 8 : position + 8 + size]))
        position += 12 + size
    return found


def test_an_animation_without_its_first_image_is_refused(picture, encoded):
    small = picture.convert("RGB").resize((9, 16))
    data = encoded(small, "PNG", save_all=True, append_images=[small.rotate(180)])
    without = SIGNATURE + b"".join(chunk(*parts) for parts in chunks_of(data) if parts[0] != b"IDAT")
    np.testing.assert_array_equal(decode_image(data), np.array(small))
    with pytest.raises(UnreadableError, match="it is damaged"):
        decode_image(without)


def test_a_palette_after_the_pixels_is_no_crash(picture, encoded):
    header, palette, pixels, end = chunks_of(encoded(of_mode(picture, "P"), "PNG"))
    data = SIGNATURE + b"".join(chunk(*parts) for parts in (header, pixels, palette, pixels, end))
    assert decode_image(data, strict=True).shape == (*SHAPE, 3)
