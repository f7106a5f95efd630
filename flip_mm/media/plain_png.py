# SPDX-License-Identifier: Apache-2.0
"""Decode PNG files that contain only pixels, as OpenCV and Pillow write them; OpenCV is faster than Pillow."""

from __future__ import annotations

import re
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Bits per channel, colour type RGB, compression, filter, no interlacing.
RGB = bytes([8, 2, 0, 0, 0])
END = b"\0\0\0\0IEND\xaeB`\x82"
NAME = re.compile(rb"\w{4}")


def decode_plain_png(data: bytes) -> np.ndarray | None:
    """Decode an intact PNG with 8 bits RGB and no chunks but those of pixels.

    All checksums are verified.

    Args:
        data: Content of the file.

    Returns:
        (H, W, 3) uint8 RGB, the pixels that Pillow gives; None for any other file.
    """
    if data[:8] != SIGNATURE or data[12:16] != b"IHDR" or data[24:29] != RGB:
        return None
    width, height = struct.unpack_from(">II", data, 16)
    if not 0 < width * height <= (Image.MAX_IMAGE_PIXELS or 0) or not data.endswith(END):
        return None
    first, *others = intact_chunks(data) or [b""]
    if first != b"IHDR" or {*others} != {b"IDAT", b"IEND"}:
        return None
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # a limit by OPENCV_IO_MAX_IMAGE_PIXELS in the environment, which is not for Pillow
        return None
    if pixels is None or pixels.shape != (height, width, 3):
        return None
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def intact_chunks(data: bytes) -> list[bytes]:
    """Names of the chunks of a PNG up to IEND; empty if one is incomplete or has a wrong checksum.

    As in Pillow, the checksum of IEND, a chunk without content, does not matter.
    """
    position, view, names = len(SIGNATURE), memoryview(data), []
    while position + 12 <= len(data):
        size, name = struct.unpack_from(">I4s", data, position)
        names.append(name)
        if name == b"IEND":
            return names
        end = position + 8 + size
        if not NAME.match(name) or view[end : end + 4] != zlib.crc32(view[position + 4 : end]).to_bytes(4, "big"):
            break
        position = end + 4
    return []
