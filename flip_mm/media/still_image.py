# SPDX-License-Identifier: Apache-2.0
"""Still images: read one, and refuse what would be read wrongly; write one."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from .bit_depth import check_bit_depth
from .frames import UnreadableError
from .integrity import ADVICE, DamagedError, check_intact

# Pillow's decoders that are in use; others (PSD, EPS, ...) only widen what a hostile file can reach.
FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF")
SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif"}


class ImageFrames:
    """:class:`~flip_mm.media.frames.Frames` of a still image: one frame.

    Args:
        path: Of the file.

    Raises:
        UnreadableError: See :func:`read_image`.
    """

    def __init__(self, path: Path) -> None:
        self._image = read_image(path)

    def __len__(self) -> int:
        """One."""
        return 1

    def __getitem__(self, index: int) -> np.ndarray:
        """The image, (H, W, 3) uint8 RGB."""
        if index != 0:
            raise IndexError(f"frame {index} of 1")
        return self._image

    def close(self) -> None:
        """Nothing is open."""


def read_image(path: Path) -> np.ndarray:
    """Read a still image.

    It is turned upright by its EXIF orientation. Grey, 1-bit and palette images become colour. CMYK becomes RGB by Pillow's
    formula without a colour profile; Pillow inverts what Adobe stores inverted. Colour profiles are not applied. Of a
    multi-picture JPEG (MPO) the first picture counts, which is the photo by definition. An alpha channel is left out where
    it is opaque throughout.

    Args:
        path: JPEG, PNG, BMP, TIFF, WebP or GIF, by its content.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        UnreadableError: Another format; truncated or damaged; more than 8 bits per channel; transparent pixels; several
            frames or pages; far more pixels than any photo has (Pillow's limit against decompression bombs), found before
            anything is decoded.
        OSError: The file cannot be opened.
    """
    from . import ffmpeg_check  # needs the extra, which the doctor's and the writers' use of this module does not

    data = path.read_bytes()
    if not data:
        raise UnreadableError("it is empty")
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _refuse_ambiguous(image)
                pixels = np.array(_without_alpha(ImageOps.exif_transpose(image)).convert("RGB"))
                _refuse_damaged(data, image, ffmpeg_check.ffmpeg_refuses)
                return pixels
        except UnreadableError:
            raise
        except Image.UnidentifiedImageError as error:
            formats = ", ".join(FORMATS)
            raise UnreadableError(f"it is none of {formats}, or its head is damaged; convert other formats to PNG") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise UnreadableError(f"it has too many pixels for a photo ({error})") from error
        except Exception as error:  # a decoder may raise anything on a damaged file
            raise UnreadableError(f"it is truncated or damaged ({error})") from error


def _refuse_ambiguous(image: Image.Image) -> None:
    """Several frames, or more than 8 bits per channel, which Pillow would cut off silently."""
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise UnreadableError(f"it has {frames} frames or pages, a still image has one")
    try:
        check_bit_depth(image)
    except ValueError as error:
        raise UnreadableError(str(error)) from error


def _refuse_damaged(data: bytes, image: Image.Image, second: Callable[[bytes], bool]) -> None:
    """What Pillow would read without an error; of a JPEG FFmpeg finds damage that libjpeg does not, and the other way round."""
    try:
        check_intact(data, image)
    except DamagedError as error:
        raise UnreadableError(str(error)) from error
    if image.format in ("JPEG", "MPO") and second(data):
        raise UnreadableError(f"it is damaged: FFmpeg cannot decode all of it; {ADVICE}")


def _without_alpha(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    lowest, _ = image.getchannel("A").getextrema()
    if lowest < 255:
        raise UnreadableError("it has transparent pixels, whose colour is not known; put it on a background first")
    return image


def save_image(image: np.ndarray, suffix: str) -> bytes:
    """Encode an image; the same image gives the same bytes with the same version of Pillow.

    Nothing but pixels is stored: no EXIF, no colour profile. JPEG has quality 95 and full colour resolution (4:4:4), because
    halved colour resolution wipes out traces of printing and display that detectors use.

    Args:
        image: (H, W, 3) uint8 RGB.
        suffix: ``'.png'`` or ``'.jpg'``.

    Returns:
        Content of the file.

    Raises:
        ValueError: Another shape, dtype or suffix.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image must be (H, W, 3) uint8, not {image.shape} {image.dtype}")
    if suffix not in {".png", ".jpg"}:
        raise ValueError(f"suffix must be '.png' or '.jpg', not {suffix!r}")
    buffer = io.BytesIO()
    if suffix == ".png":
        Image.fromarray(image).save(buffer, "PNG")
    else:
        Image.fromarray(image).save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()
