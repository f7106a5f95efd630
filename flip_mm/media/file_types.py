# SPDX-License-Identifier: Apache-2.0
"""What a file is by the ending of its name, and which formats of images are read."""

from __future__ import annotations

import os

# Pillow's name of each format that is read, by content -> endings of its files. Other decoders (PSD, EPS, ...) would only give
# a hostile file more code to attack.
IMAGE_FORMATS = {
    "JPEG": (".jpg", ".jpeg"),
    "PNG": (".png",),
    "BMP": (".bmp",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "GIF": (".gif",),
}
IMAGE_ENDINGS = tuple(sorted(ending for endings in IMAGE_FORMATS.values() for ending in endings))
VIDEO_ENDINGS = (".3gp", ".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv")


def is_image_name(name: str) -> bool:
    """Whether the name of a file, or its path, ends as that of an image.

    Example:
        >>> is_image_name("a/1.JPG"), is_image_name(".png"), is_image_name("1.avi")
        (True, False, False)
    """
    return os.path.splitext(name)[1].lower() in IMAGE_ENDINGS
