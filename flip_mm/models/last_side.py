# SPDX-License-Identifier: Apache-2.0
"""The size of the map after layers that halve it."""

from __future__ import annotations


def last_side(image_size: int, halvings: int) -> int:
    """Return the side of the map after some layers that halve it.

    Args:
        image_size: Side of the image in pixels.
        halvings: Number of the layers.

    Example:
        >>> last_side(96, 3)
        12

    Raises:
        ValueError: It cannot be halved so often.
    """
    side, rest = divmod(image_size, 2**halvings)
    if rest or not side:
        raise ValueError(
            f"image_size={image_size} must be divisible by {2**halvings} for {halvings} layers that halve it: change it, or "
            "the number of channels."
        )
    return side
