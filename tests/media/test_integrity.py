# SPDX-License-Identifier: Apache-2.0
import io
from fractions import Fraction
from hashlib import sha256

import av
import cv2
import numpy as np
import pytest
import simplejpeg
from PIL import Image

from flip_mm.media.ffmpeg_check import ffmpeg_refuses
from flip_mm.media.integrity import MAX_PADDING, DamagedError, check_intact, check_sum, jpeg_warning

END = b"\xff\xd9"


def check(data):
    """What training refuses; beyond it, of a JPEG, what converters refuse."""
    with Image.open(io.BytesIO(data)) as image:
        check_intact(data, image)
        assert image.format not in ("JPEG", "MPO") or not ffmpeg_refuses(data)


def exif():
    tags = Image.Exif()
    tags[271] = "maker"
    return tags


GOOD = {
    "4:2:0": dict(subsampling=2),
    "4:2:2": dict(subsampling=1),
    "4:4:4": dict(subsampling=0, quality=95),
    "RGB": dict(keep_rgb=True),
    "progressive": dict(progressive=True),
    "optimized": dict(optimize=True),
    "restart markers": dict(restart_marker_blocks=3),
    "progressive with restart markers": dict(progressive=True, restart_marker_rows=1),
    "quality 1": dict(quality=1),
    "quality 100": dict(quality=100),
    "EXIF": dict(exif=exif()),
    "colour profile": dict(icc_profile=b"\xff\xd9" * 40_000),
    "comment": dict(comment=b"\xff\xd9 and more"),
}


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("options", GOOD.values(), ids=GOOD)
def test_good_jpegs_pass(options, mode, picture, encoded):
    if mode != "RGB" and options.get("keep_rgb"):
        return
    for size in ((1, 1), (7, 5), (16, 16), (17, 33), (250, 180)):
        check(encoded(picture.resize(size).convert(mode), "JPEG", **options))


@pytest.mark.parametrize("sampling", ["411", "420", "422", "440", "444"])
def test_opencvs_jpegs_pass(sampling, picture):
    factor = getattr(cv2, f"IMWRITE_JPEG_SAMPLING_FACTOR_{sampling}")
    done, data = cv2.imencode(".jpg", np.array(picture), [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor])
    assert done
    check(data.tobytes())


@pytest.mark.parametrize("layout", ["yuvj420p", "yuvj422p", "yuvj444p"])
def test_ffmpegs_jpegs_pass(layout, picture):
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = *picture.size, layout, Fraction(1, 25)
    frame = av.VideoFrame.from_image(picture).reformat(format=layout)
    frame.pts = 0
    (packet,) = encoder.encode(frame) + encoder.encode(None)
    check(bytes(packet))


@pytest.mark.parametrize("behind", [b"\x00" * 99, b"Samsung trailer", None], ids=["zeros", "text", "another JPEG"])
def test_bytes_after_the_end_of_a_jpeg_do_not_matter(behind, picture, encoded):
    data = encoded(picture, "JPEG")
    check(data + (data if behind is None else behind))


def test_multi_picture_jpegs_single_colours_and_odd_heads_pass(picture, encoded):
    check(encoded(picture, "MPO", save_all=True, append_images=[picture.rotate(9)]))
    check(encoded(Image.new("RGB", (640, 480)), "JPEG", optimize=True))
    data = bytearray(encoded(picture, "JPEG"))
    data[data.index(b"JFIF\0") + 5] = 2  # a revision that libjpeg does not know
    check(bytes(data))


def test_a_jpeg_damaged_inside_is_refused(damaged_jpeg):
    with pytest.raises(DamagedError, match=r"^it is damaged: .*; copy or convert it again, or save it again"):
        check(damaged_jpeg)


@pytest.mark.parametrize("options", [dict(mode="RGB"), dict(mode="L")], ids=["colour", "grey"])
def test_single_flipped_bits_are_found_where_they_change_the_number_of_blocks(options, picture, encoded):
    """The others leave a valid JPEG, as measured over many images by tools/benchmarks/damaged_images.py."""
    data = encoded(picture.convert(options["mode"]), "JPEG", quality=90)
    right, rng = np.array(Image.open(io.BytesIO(data)).convert("RGB")).astype(int), np.random.default_rng(0)
    spoilt = found = 0
    for at in rng.integers(data.rindex(b"\xff\xda") + 14, len(data) - 4, 150):
        flipped = data[:at] + bytes([data[at] ^ 1 << int(rng.integers(8))]) + data[at + 1 :]
        try:
            wrong = np.array(Image.open(io.BytesIO(flipped)).convert("RGB"))
        except Exception:
            continue
        if (np.abs(wrong - right).max(2) > 16).mean() > 0.1:
            spoilt += 1
            found += bool(jpeg_warning(flipped))
    assert spoilt >= 10
    assert found >= 0.3 * spoilt


def test_zeros_that_fill_up_a_jpeg_are_no_damage(picture, encoded):
    data = encoded(picture, "JPEG")
    filled = data[:-2] + bytes(MAX_PADDING) + END
    with pytest.raises(ValueError, match="extraneous bytes before marker 0xd9"):
        simplejpeg.decode_jpeg(filled)
    check(filled)
    check(data[:-2] + b"\xff" * 100 + END)
    for other in (b"Z" * MAX_PADDING, bytes(100)):
        assert "extraneous bytes before marker 0xd9" in jpeg_warning(data[:-2] + other + END)
    assert "premature end" in jpeg_warning(data[:-20] + END)


@pytest.mark.parametrize("mode", ["RGB", "P", "L", "1"])
def test_no_flipped_bit_of_a_png_changes_pixels_unnoticed(mode, picture, encoded):
    data = encoded(picture.resize((40, 30)).convert(mode), "PNG")
    right = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
    rng = np.random.default_rng(0)
    for at in [*range(len(data) - 40, len(data)), *rng.integers(8, len(data), 300)]:
        flipped = data[:at] + bytes([data[at] ^ 1 << int(rng.integers(8))]) + data[at + 1 :]
        try:
            pixels = np.array(Image.open(io.BytesIO(flipped)).convert("RGB"))
            check(flipped)
        except Exception:
            continue
        np.testing.assert_array_equal(pixels, right)


@pytest.mark.parametrize("options", [dict(quality=85), dict(lossless=True)], ids=["lossy", "lossless"])
def test_a_hole_in_a_webp_is_found_and_single_colours_are_none(options, picture, encoded):
    data = encoded(picture, "WEBP", **options)
    check(data)
    check(data + bytes(4096))  # behind its end
    hole = data[:2000] + bytes(512) + data[2512:]
    np.array(Image.open(io.BytesIO(hole)))  # libwebp says nothing
    with pytest.raises(DamagedError, match="overwritten by zeros"):
        check(hole)
    for color in ("black", "white", (9, 9, 9)):
        check(encoded(Image.new("RGB", (1280, 720), color), "WEBP", **options))


def test_sums_are_compared():
    check_sum(b"a", sha256(b"a").hexdigest())
    with pytest.raises(DamagedError, match=r"is 3e23e8160039\.\.\., but ca978112ca1b"):
        check_sum(b"b", sha256(b"a").hexdigest())
