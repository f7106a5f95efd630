# SPDX-License-Identifier: Apache-2.0
"""Check the bits per channel of an image file; Pillow reads some 16-bit files as 8 bits without a warning."""

from __future__ import annotations

from PIL import Image

from .frames import UnreadableError

BITS_PER_SAMPLE = 258  # tag of TIFF


def check_bit_depth(image: Image.Image) -> None:
    """Check that an opened image has at most 8 bits per channel; Pillow truncates or clips more bits.

    Raises:
        UnreadableError: The image has more bits.
    """
    bits = 8
    if image.format == "TIFF":
        bits = max(image.tag_v2.get(BITS_PER_SAMPLE, (1,)))
    elif image.format == "PNG" and any(";16" in str(tile.args) for tile in image.tile):
        bits = 16
    if bits > 8 or image.mode == "F" or image.mode.startswith("I"):
        raise UnreadableError(f"it has more than 8 bits per channel (mode {image.mode}), convert it to 8 bits")
