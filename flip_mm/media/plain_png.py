# SPDX-License-Identifier: Apache-2.0
"""Decode PNG files that contain only pixels, as OpenCV and Pillow write them; OpenCV is faster than Pillow."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Bits per channel, colour type RGB, compression, filter, no interlacing.
RGB = bytes([8, 2, 0, 0, 0])


def decode_plain_png(data: bytes) -> np.ndarray | None:
    """Decode an intact PNG with 8 bits RGB and no chunks but those of pixels.

    All checksums are verified, and the chunks must be complete and end with the file.

    Args:
        data: Content of the file.

    Returns:
        (H, W, 3) uint8 RGB, the pixels that Pillow gives; None for any other file.
    """
    if data[:8] != SIGNATURE or data[12:16] != b"IHDR" or data[24:29] != RGB:
        return None
    width, height = struct.unpack_from(">II", data, 16)
    if not 0 < width * height <= (Image.MAX_IMAGE_PIXELS or 0) or not _is_plain(data):
        return None
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None or pixels.shape != (height, width, 3):
        return None
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def _is_plain(data: bytes) -> bool:
    """Whether the chunks are IHDR, some IDAT, IEND, with valid checksums."""
    position, view, names = len(SIGNATURE), memoryview(data), []
    while position + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, position)
        end = position + 8 + size
        if end + 4 > len(data) or zlib.crc32(view[position + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            return False
        names.append(data[position + 4 : position + 8])
        position = end + 4
    return position == len(data) and {*names[1:-1]} == {b"IDAT"} and (names[0], names[-1]) == (b"IHDR", b"IEND")
