# SPDX-License-Identifier: Apache-2.0
"""Files of depth maps: a folder with the same tree as ``frame/``, one PNG per real image."""

from __future__ import annotations

import os

# Folder of a data root; `flip_mm synth --depth` writes it.
DEPTH_FOLDER = "depth"


def map_file(image: str) -> str:
    """Return the path of the map of an image: the same with the ending ``.png``.

    Example:
        >>> map_file("celeb/real/1.jpg")
        'celeb/real/1.png'
    """
    return f"{os.path.splitext(image)[0]}.png"
