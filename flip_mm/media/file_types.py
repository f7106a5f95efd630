# SPDX-License-Identifier: Apache-2.0
"""Image and video formats by file name ending."""

from __future__ import annotations

import os

# Pillow's name of each supported format -> file endings; the format is recognised by content. Other decoders (PSD, EPS, ...)
# are disabled, because a malicious file could attack them.
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
    """Whether a file name or path has the ending of an image.

    Example:
        >>> is_image_name("a/1.JPG"), is_image_name(".png"), is_image_name("1.avi")
        (True, False, False)
    """
    return os.path.splitext(name)[1].lower() in IMAGE_ENDINGS


def is_video_name(name: str) -> bool:
    """Whether a file name or path has the ending of a video."""
    return os.path.splitext(name)[1].lower() in VIDEO_ENDINGS


def is_media_name(name: str) -> bool:
    """Whether a file name or path has the ending of an image or a video."""
    return is_image_name(name) or is_video_name(name)
