# SPDX-License-Identifier: Apache-2.0
"""Read from a config how a test prepares an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# What may stand in a pipeline besides the resize: none of these changes a pixel of an RGB image.
NEUTRAL = ("LoadFrame", "NumpyToPIL", "PILToNumpy", "PackInputs")


def input_size(pipeline: Sequence[dict[str, Any]], key: str) -> tuple[int, int] | None:
    """Return the height and width to which a test resizes images, by Pillow's bicubic filter; None without a resize.

    Args:
        pipeline: Of the test data set.
        key: Its place in the config.

    Raises:
        ValueError: The pipeline does something else than read and resize images.
    """
    size = None
    for number, step in enumerate(pipeline):
        kind = step["type"]
        if kind in NEUTRAL:
            continue
        given = step.get("size")
        is_resize = kind == "torchvision/Resize" and step.get("interpolation") == "bicubic" and isinstance(given, (list, tuple))
        if not is_resize or size is not None or len(given) != 2:
            raise ValueError(
                f"{key}.{number} ({kind}) cannot be written to a model file: it describes images that are read and resized by "
                'dict(type="torchvision/Resize", size=(height, width), interpolation="bicubic").'
            )
        size = (int(given[0]), int(given[1]))
    return size
