# SPDX-License-Identifier: Apache-2.0
"""Bytes of an image file -> pixels: the one way in which still images are read."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .bit_depth import check_bit_depth
from .file_types import IMAGE_FORMATS
from .frames import UnreadableError
from .integrity import ADVICE, DamagedError, check_intact, check_sum

# CIE L*a*b* and others become RGB in as many ways as there are libraries.
MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}
EXTRA_SAMPLES = 338  # tag of TIFF: the file says that its fourth channel is alpha


def decode_image(data: bytes, sha256: str = "", strict: bool = False) -> np.ndarray:
    """Decode an image file.

    Pixels are Pillow's. They equal ``cv2.imread``'s, with which the release reads: turned upright by EXIF, grey and palettes
    become colour. Colour profiles are not applied. CMYK becomes RGB by Pillow's formula, which differs by one level. Of a
    multi-picture JPEG (MPO) the first picture counts, which is the photo by definition.

    ========================  ==========================================  ==================================================
    what                      not strict: prepared images, by training,   strict: images of an archive or of a user, by
                              test, inference and the doctor              :func:`~flip_mm.media.still_image.read_image`
    ========================  ==========================================  ==================================================
    transparent pixels        alpha is dropped; a channel that a TIFF     refused: their colour is not known
                              declares as alpha is applied before black
    several frames or pages   the first                                   refused
    damage in a JPEG          what libjpeg finds                          what libjpeg or FFmpeg find; needs PyAV
    ========================  ==========================================  ==================================================

    Args:
        data: Content of the file.
        sha256: What a manifest says of it, in hexadecimal digits; '' where there is none, then it is searched for damage.
        strict: See the table.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        UnreadableError: Empty, damaged, not what the manifest says, of more than 8 bits per channel, of a colour space that has
            no single way to RGB, or refused by the strict rules. A ValueError.
        OSError: None of the formats that are read, or truncated.
        PIL.Image.DecompressionBombError: It has far more pixels than any photo; found before anything is decoded.
        PIL.Image.DecompressionBombWarning: The same, from half of that size on.
        ImportError: ``strict``, and the extra ``flip_mm[prepare]`` is not installed.
    """
    if not data:
        raise UnreadableError("it is empty")
    if sha256:
        check_sum(data, sha256)
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with _opened(data) as image:
            check_bit_depth(image)
            if image.mode not in MODES:
                raise UnreadableError(f"its colour space {image.mode} has no single way to RGB, convert it to RGB")
            if strict:
                _refuse_several_frames(image)
            over_black = image.format == "TIFF" and EXTRA_SAMPLES in image.tag_v2 and image.mode == "RGBA"
            upright = ImageOps.exif_transpose(image)
            if strict:
                _refuse_transparency(upright)
            pixels = np.array(_over_black(upright) if over_black else upright.convert("RGB"))
            if not sha256:
                check_intact(data, image)
            if strict and image.format in ("JPEG", "MPO"):
                _refuse_what_ffmpeg_refuses(data)
            return pixels


def _opened(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=list(IMAGE_FORMATS))
    except UnidentifiedImageError as error:
        # Pillow names the buffer, which has no name.
        formats = ", ".join(IMAGE_FORMATS)
        raise UnidentifiedImageError(
            f"cannot identify image file: it is none of {formats}, or its head is damaged; convert other formats to PNG"
        ) from error


def _refuse_several_frames(image: Image.Image) -> None:
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise UnreadableError(f"it has {frames} frames or pages, a still image has one")


def _refuse_transparency(image: Image.Image) -> None:
    if image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema()[0] < 255:
        raise UnreadableError("it has transparent pixels, whose colour is not known; put it on a background first")


def _refuse_what_ffmpeg_refuses(data: bytes) -> None:
    """FFmpeg finds damage in a JPEG that libjpeg does not find, and the other way round."""
    from .ffmpeg_check import ffmpeg_refuses

    if ffmpeg_refuses(data):
        raise DamagedError(f"it is damaged: FFmpeg cannot decode all of it; {ADVICE}")


def _over_black(image: Image.Image) -> Image.Image:
    return Image.composite(image.convert("RGB"), Image.new("RGB", image.size), image.getchannel("A"))
