# SPDX-License-Identifier: Apache-2.0
"""Decode image files; all still images are read by this module."""

from __future__ import annotations

import io
import warnings

import numpy as np
import simplejpeg
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from .bit_depth import check_bit_depth
from .file_types import IMAGE_FORMATS
from .frames import UnreadableError
from .integrity import ADVICE, DamagedError, check_intact, check_sum
from .plain_png import decode_plain_png

# Libraries convert other colour spaces, such as CIE L*a*b*, to RGB in different ways.
MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}
EXTRA_SAMPLES = 338  # tag of TIFF: the fourth channel is alpha


def decode_image(data: bytes, sha256: str = "", strict: bool = False, ffmpeg: bool = True) -> np.ndarray:
    """Decode an image file.

    Pillow decodes the image; libjpeg-turbo an undamaged JPEG without rotation, OpenCV an undamaged PNG without metadata. The
    pixels are the same as those of ``cv2.imread``, which the release uses: rotated by EXIF, grey and palette images become
    colour. Colour profiles are not applied. CMYK becomes RGB by Pillow's formula, which differs by up to one level. Of a
    multi-picture JPEG (MPO) the first picture is read, which is the photo.

    ========================  ==========================================  ==================================================
    property                  not strict: prepared images, by training,   strict: images of an archive or of a user, by
                              test and the doctor                         :func:`~flip_mm.media.still_image.read_image`
    ========================  ==========================================  ==================================================
    transparent pixels        alpha is dropped; a channel that a TIFF     error: their colour is unknown
                              declares as alpha is blended with black
    several frames or pages   the first is read                           error
    damage in a JPEG          checked by libjpeg                          checked by libjpeg and FFmpeg; needs PyAV
    ========================  ==========================================  ==================================================

    Args:
        data: Content of the file.
        sha256: Sum in a manifest, in hexadecimal digits; '' if there is none, then the file is checked for damage.
        strict: See the table.
        ffmpeg: With ``strict``, whether FFmpeg checks a JPEG; inference does without, so that it needs no PyAV.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        UnreadableError: The file is empty, damaged, differs from the manifest, has more than 8 bits per channel, has a colour
            space without a unique conversion to RGB, or breaks a strict rule. It is a ValueError.
        OSError: The file has another format, or is truncated.
        PIL.Image.DecompressionBombError: The image has far more pixels than a photo; found before decoding.
        PIL.Image.DecompressionBombWarning: The image has more than half as many pixels as that limit.
        ImportError: ``strict`` and ``ffmpeg`` are set, and the extra ``flip_mm[prepare]`` is not installed.
    """
    if not data:
        raise UnreadableError("it is empty")
    if sha256:
        check_sum(data, sha256)
    if (pixels := decode_plain_png(data)) is not None:
        return pixels
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with _open(data) as image:
            ffmpeg = strict and ffmpeg
            if not ffmpeg and (pixels := _intact_jpeg(data, image)) is not None:
                return pixels
            pixels = to_rgb(image, strict)
            if not sha256:
                check_intact(data, image)
            if ffmpeg and image.format in ("JPEG", "MPO"):
                _check_by_ffmpeg(data)
            return pixels


def to_rgb(image: Image.Image, strict: bool = False) -> np.ndarray:
    """Convert an opened image as :func:`decode_image` does.

    Args:
        image: The image; it is decoded here if it was not before.
        strict: See the table there.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        UnreadableError: It has more than 8 bits per channel, a colour space without a unique conversion to RGB, or breaks a
            strict rule.
        OSError: Its file is truncated.
    """
    check_bit_depth(image)
    if image.mode not in MODES:
        raise UnreadableError(f"its colour space {image.mode} has no unique conversion to RGB, convert it to RGB")
    if strict:
        _check_single_frame(image)
    over_black = image.format == "TIFF" and EXTRA_SAMPLES in image.tag_v2 and image.mode == "RGBA"
    upright = ImageOps.exif_transpose(image)
    if strict:
        _check_opaque(upright)
    return np.array(_over_black(upright) if over_black else upright.convert("RGB"))


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=list(IMAGE_FORMATS))
    except UnidentifiedImageError as error:
        # Pillow's message contains the buffer object instead of a file name.
        formats = ", ".join(IMAGE_FORMATS)
        raise UnidentifiedImageError(
            f"cannot identify image file: it is none of {formats}, or its header is damaged; convert other formats to PNG"
        ) from error


def _intact_jpeg(data: bytes, image: Image.Image) -> np.ndarray | None:
    """Decode and check a usual JPEG in one pass: libjpeg-turbo gives the same pixels as Pillow, which contains it.

    Returns:
        (H, W, 3) uint8 RGB; None for another file, and if libjpeg gives any error or warning.
    """
    if image.format != "JPEG" or image.mode != "RGB" or image.getexif().get(ExifTags.Base.Orientation, 1) != 1:
        return None
    try:
        return simplejpeg.decode_jpeg(data, "RGB")
    except ValueError:
        return None


def _check_single_frame(image: Image.Image) -> None:
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise UnreadableError(f"it has {frames} frames or pages, but a still image must have one")


def _check_opaque(image: Image.Image) -> None:
    if image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema()[0] < 255:
        raise UnreadableError("it has transparent pixels, so their colour is unknown; put it on a background first")


def _check_by_ffmpeg(data: bytes) -> None:
    """Check a JPEG for damage that libjpeg does not find."""
    from .ffmpeg_check import ffmpeg_refuses

    if ffmpeg_refuses(data):
        raise DamagedError(f"it is damaged: FFmpeg cannot decode all of it; {ADVICE}")


def _over_black(image: Image.Image) -> Image.Image:
    return Image.composite(image.convert("RGB"), Image.new("RGB", image.size), image.getchannel("A"))
