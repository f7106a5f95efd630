# SPDX-License-Identifier: Apache-2.0
"""Bytes of an image file -> pixels, as the release's ``cv2.imread`` gives them."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .bit_depth import check_bit_depth
from .integrity import check_intact, check_sum

# CIE L*a*b* and others become RGB in as many ways as there are libraries.
MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}
EXTRA_SAMPLES = 338  # tag of TIFF: the file says that its fourth channel is alpha


def decode_image(data: bytes, sha256: str = "") -> np.ndarray:
    """Decode an image file as training and the doctor read it.

    Pixels are Pillow's. They equal ``cv2.imread``'s, with which the release reads: turned upright by EXIF, grey and palettes
    become colour, alpha is dropped, whatever its values. TIFF is the exception there: a channel that the file declares as alpha
    is applied before black. Two differences are left: CMYK by one level, and the transparent pixels of a GIF, which OpenCV
    fills with the file's background.

    Args:
        data: Content of the file.
        sha256: What a manifest says of it, in hexadecimal digits; '' where there is none, then it is searched for damage.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        ValueError: Empty, damaged, not what the manifest says, of more than 8 bits per channel, or of a colour space that has
            no single way to RGB.
        OSError: No image, or truncated.
        PIL.Image.DecompressionBombError: It has far more pixels than any photo.
        PIL.Image.DecompressionBombWarning: The same, from half of that size on.
    """
    if not data:
        raise ValueError("the file is empty")
    if sha256:
        check_sum(data, sha256)
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with _opened(data) as image:
            check_bit_depth(image)
            if image.mode not in MODES:
                raise ValueError(f"its colour space {image.mode} has no single way to RGB, convert it to RGB")
            over_black = image.format == "TIFF" and EXTRA_SAMPLES in image.tag_v2 and image.mode == "RGBA"
            upright = ImageOps.exif_transpose(image)
            pixels = np.array(_over_black(upright) if over_black else upright.convert("RGB"))
            if not sha256:
                check_intact(data, image)
            return pixels


def _opened(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data))
    except UnidentifiedImageError as error:
        # Pillow names the buffer, which has no name.
        raise UnidentifiedImageError("cannot identify image file: it is damaged, or something else") from error


def _over_black(image: Image.Image) -> Image.Image:
    return Image.composite(image.convert("RGB"), Image.new("RGB", image.size), image.getchannel("A"))
