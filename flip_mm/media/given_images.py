# SPDX-License-Identifier: Apache-2.0
"""Images that a Python user has in memory: arrays, PIL images and the bytes of files, by the rules for image files."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from PIL import Image

from .decoding import decode_image, to_rgb
from .frames import UnreadableError

COLOURS = ("rgb", "bgr")


def is_image(value: Any) -> bool:
    """Whether a value is an image in memory, of a kind that :func:`image_of` takes."""
    return value is None or isinstance(value, bytes | bytearray | memoryview | np.ndarray | Image.Image) or _is_file(value)


def image_of(value: Any, colour: str = "rgb") -> np.ndarray:
    """Convert an image in memory.

    Args:
        value: The content of an image file or an open binary file; a PIL image; or an array of uint8: (H, W, 3) or
            (H, W, 4) in the order of ``colour``, (H, W) or (H, W, 1) for grey. As in files, grey becomes colour, and
            transparent pixels are an error. None, which OpenCV returns for a file it cannot read, is an error.
        colour: Order of the channels of arrays, ``'rgb'`` or ``'bgr'`` (OpenCV).

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        UnreadableError: The image is damaged, or has no unique conversion to 8-bit RGB; the message gives the reason.
    """
    if value is None:
        raise UnreadableError("it is None; cv2.imread returns None for a file that it cannot read")
    if isinstance(value, np.ndarray):
        return _from_array(value, colour)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if isinstance(value, Image.Image):
                return to_rgb(value, strict=True)
            return decode_image(bytes(value.read() if _is_file(value) else value), strict=True, ffmpeg=False)
    except UnreadableError:
        raise
    except Image.UnidentifiedImageError as error:
        raise UnreadableError(str(error)) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableError(f"it has too many pixels for a photo ({error})") from error
    except MemoryError as error:
        raise UnreadableError("it does not fit into the memory") from error
    except Exception as error:  # decoders may raise any exception for a damaged file
        raise UnreadableError(f"it is truncated or damaged ({error})") from error


def _is_file(value: Any) -> bool:
    return callable(getattr(value, "read", None)) and not isinstance(value, str)


def _from_array(array: np.ndarray, colour: str) -> np.ndarray:
    if array.dtype != np.uint8:
        raise UnreadableError(f"the array has the type {array.dtype}, give uint8 in 0..255")
    channels = 1 if array.ndim == 2 else array.shape[2] if array.ndim == 3 else 0
    if channels not in (1, 3, 4):
        raise UnreadableError(f"the array has the shape {array.shape}, give (height, width, 3); of several images, a list")
    if not array.size:
        raise UnreadableError(f"the array has the shape {array.shape} and no pixels")
    if array.shape[0] * array.shape[1] > Image.MAX_IMAGE_PIXELS:
        raise UnreadableError(f"it has too many pixels for a photo ({array.shape[1]} x {array.shape[0]})")
    if channels == 1:
        return np.repeat(array.reshape(*array.shape[:2], 1), 3, 2)
    if channels == 4 and array[:, :, 3].min() < 255:
        raise UnreadableError("it has transparent pixels, so their colour is unknown; put it on a background first")
    pixels = array[:, :, :3] if colour == "rgb" else array[:, :, 2::-1]
    return np.ascontiguousarray(pixels)
