# SPDX-License-Identifier: Apache-2.0
"""Find damaged image files, which a decoder turns into a picture without an error."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from hashlib import sha256

import simplejpeg
from PIL import Image

from .frames import UnreadableError

# What libjpeg warns of where coded data are damaged; its other warnings are about harmless oddities of the head.
JPEG_DAMAGE = ("Corrupt JPEG data", "Premature end", "Inconsistent progression")
# Encoders of cameras fill up the data by a few zeros (or 0xff, of which libjpeg does not warn). The picture is whole.
FILLED, FILLING = re.compile(r"(\d+) extraneous bytes before marker 0xd9"), 16
END = b"\xff\xd9"
# A hole is a run of zeros longer than this and a 4096th of the pixels. libwebp writes one per 10,400 pixels of a single colour.
WEBP_ZEROS, WEBP_SHARE = 64, 4096
ADVICE = "copy or convert it again, or save it anew if the picture is intact"


class DamagedError(UnreadableError):
    """A file is not what was written; the message is a clause that follows the file's name."""


def check_sum(data: bytes, expected: str) -> None:
    """Compare a file's bytes with what a converter recorded.

    Args:
        data: Content of the file.
        expected: SHA-256, in hexadecimal digits.

    Raises:
        DamagedError: They differ.
    """
    found = sha256(data).hexdigest()
    if found != expected:
        raise DamagedError(
            f"it is not the file that was converted: its SHA-256 is {found[:12]}..., the manifest says {expected[:12]}...; "
            "convert or copy it again, or empty its cell 'sha256' in the manifest if you changed it on purpose"
        )


def check_intact(data: bytes, image: Image.Image) -> None:
    """Refuse damage that Pillow does not report while it decodes.

    Of a JPEG these are the warnings of libjpeg, of a PNG the checksums, of a WebP holes. What no decoder can find is in
    docs/images.md.

    Args:
        data: Content of the file.
        image: The same, opened by Pillow.

    Raises:
        DamagedError: It is damaged.
    """
    if image.format in ("JPEG", "MPO"):
        if warning := jpeg_warning(data):
            raise DamagedError(f"it is damaged: {warning}; {ADVICE}")
    elif image.format == "PNG":
        _check_png(data)
    elif image.format == "WEBP" and webp_hole(data, image.width * image.height):
        raise DamagedError(f"it is damaged: a part of it was overwritten by zeros; {ADVICE}")


def jpeg_warning(data: bytes) -> str:
    """What libjpeg warns of in the coded data of a JPEG.

    All coefficients are read, and the image is put together at an eighth of its size, which is fast. A few zeros before the
    end marker are no damage.

    Args:
        data: Content of the file.

    Returns:
        The first warning; '' for none, and where libjpeg-turbo cannot decode such a file.
    """
    try:
        simplejpeg.decode_jpeg(data, "GRAY", min_height=1, min_width=1, min_factor=8)
    except ValueError as error:
        warning = str(error)
        if warning.startswith(JPEG_DAMAGE) and not _is_filling(warning, data):
            return warning
    return ""


def _is_filling(warning: str, data: bytes) -> bool:
    found = FILLED.search(warning)
    return found is not None and int(found[1]) <= FILLING and bytes(int(found[1])) + END in data


def _check_png(data: bytes) -> None:
    """Pillow verifies the checksum of an image's last chunk of pixels only where it reads on behind it."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
    except Exception as error:  # a parser may raise anything on a damaged file
        raise DamagedError(f"it is damaged: {error}; {ADVICE}") from error


def webp_hole(data: bytes, pixels: int) -> bool:
    """Whether coded pixels of a WebP hold more zeros in a row than an encoder writes."""
    run = bytes(WEBP_ZEROS + pixels // WEBP_SHARE)
    return any(run in chunk for chunk in _webp_chunks(data))


def _webp_chunks(data: bytes) -> Iterator[bytes]:
    """Coded pixels of a WebP without animation."""
    place = 12
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        if data[place : place + 4] in (b"VP8 ", b"VP8L"):
            yield data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
