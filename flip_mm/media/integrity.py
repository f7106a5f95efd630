# SPDX-License-Identifier: Apache-2.0
"""Find damage in image files that decoders do not report as an error."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from hashlib import sha256

import simplejpeg
from PIL import Image

from .frames import UnreadableError
from .plain_png import intact_chunks

# Warnings of libjpeg about damaged image data; its other warnings are about harmless properties of the header.
JPEG_DAMAGE = ("Corrupt JPEG data", "Premature end", "Inconsistent progression")
# Encoders in cameras add a few padding zeros (or 0xff, for which libjpeg gives no warning). The picture is intact.
PADDED, MAX_PADDING = re.compile(r"(\d+) extraneous bytes before marker 0xd9"), 16
END = b"\xff\xd9"
# A hole is a run of more zeros than 64 + pixels / 4096. libwebp writes one zero per 10,400 pixels of a single colour.
WEBP_ZEROS, WEBP_SHARE = 64, 4096
ADVICE = "copy or convert it again, or save it again if the picture is intact"


class DamagedError(UnreadableError):
    """A file is damaged or was changed; the message follows the name of the file."""


def check_sum(data: bytes, expected: str) -> None:
    """Compare a file with the sum that a converter recorded.

    Args:
        data: Content of the file.
        expected: SHA-256, in hexadecimal digits.

    Raises:
        DamagedError: The sum differs.
    """
    found = sha256(data).hexdigest()
    if found != expected:
        raise DamagedError(
            f"it is not the file that was converted: its SHA-256 is {found[:12]}..., but {expected[:12]}... in the manifest; "
            "convert or copy it again, or empty its cell 'sha256' in the manifest if you changed it on purpose"
        )


def check_intact(data: bytes, image: Image.Image) -> None:
    """Check for damage that Pillow does not report when it decodes.

    The checks are: for JPEG the warnings of libjpeg, for PNG the checksums, for WebP long runs of zeros. docs/images.md says
    which damage they cannot find.

    Args:
        data: Content of the file.
        image: The same file, opened by Pillow.

    Raises:
        DamagedError: The file is damaged.
    """
    if image.format in ("JPEG", "MPO"):
        if warning := jpeg_warning(data):
            raise DamagedError(f"it is damaged: {warning}; {ADVICE}")
    elif image.format == "PNG":
        _check_png(data)
    elif image.format == "WEBP" and webp_hole(data, image.width * image.height):
        raise DamagedError(f"it is damaged: a part of it was overwritten by zeros; {ADVICE}")


def jpeg_warning(data: bytes) -> str:
    """Return the first warning of libjpeg about the image data of a JPEG.

    All coefficients are read, but the image is decoded at an eighth of its size, which is fast. A few padding zeros before the
    end marker are no damage.

    Args:
        data: Content of the file.

    Returns:
        The warning; '' if there is none, or if libjpeg-turbo does not support the file.
    """
    try:
        simplejpeg.decode_jpeg(data, "GRAY", min_height=1, min_width=1, min_factor=8)
    except ValueError as error:
        warning = str(error)
        if warning.startswith(JPEG_DAMAGE) and not _is_padding(warning, data):
            return warning
    return ""


def _is_padding(warning: str, data: bytes) -> bool:
    found = PADDED.search(warning)
    return found is not None and int(found[1]) <= MAX_PADDING and bytes(int(found[1])) + END in data


def _check_png(data: bytes) -> None:
    """Verify all checksums; when Pillow decodes a PNG, it may skip that of the last chunk of pixels."""
    # Faster than Pillow, which gives the message about a damaged file.
    if b"IDAT" in intact_chunks(data):
        return
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
    except Exception as error:  # a parser may raise anything on a damaged file
        raise DamagedError(f"it is damaged: {error}; {ADVICE}") from error


def webp_hole(data: bytes, pixels: int) -> bool:
    """Whether the image data of a WebP contain more zeros in a row than an encoder writes."""
    run = bytes(WEBP_ZEROS + pixels // WEBP_SHARE)
    return any(run in chunk for chunk in _webp_chunks(data))


def _webp_chunks(data: bytes) -> Iterator[bytes]:
    """Yield the image data of a WebP without animation."""
    position = 12
    while position + 8 <= len(data):
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        if data[position : position + 4] in (b"VP8 ", b"VP8L"):
            yield data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
