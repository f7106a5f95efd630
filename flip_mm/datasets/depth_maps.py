# SPDX-License-Identifier: Apache-2.0
"""Where depth maps come from: a folder with the same tree as ``frame/`` and one PNG per real image, or a substitute."""

from __future__ import annotations

import os

from .data_roots import SYNTHETIC_MARKER

# Folder of a data root; `flip_mm synth --depth` writes it.
DEPTH_FOLDER = "depth"
# Sources of depth maps, for records.
OF_DEPTH_ROOT, OF_DATA_ROOT, OF_SYNTHETIC = "maps of depth_root", "maps of the data root", "maps of the synthetic set"
SUBSTITUTE = "substitute (ellipsoid)"


def map_file(image: str) -> str:
    """Return the path of the map of an image: the same with the ending ``.png``.

    Example:
        >>> map_file("celeb/real/1.jpg")
        'celeb/real/1.png'
    """
    return f"{os.path.splitext(image)[0]}.png"


def depth_folder(prefix: str, depth_root: str | None = None) -> tuple[str, str]:
    """Return the folder of the maps of a data root, ``''`` if there is none, and where the maps come from.

    Args:
        prefix: The data root's ``folder`` of a :class:`~flip_mm.datasets.sample_table.SampleTable`: ``data/MCIO/frame/``.
        depth_root: A folder to read in any case.

    Raises:
        FileNotFoundError: ``depth_root`` is no folder.
    """
    if depth_root is not None:
        if not os.path.isdir(depth_root):
            raise FileNotFoundError(
                f"depth_root '{depth_root}' is no folder: give the folder of the depth maps, see docs/depth.md."
            )
        return os.path.join(depth_root, ""), OF_DEPTH_ROOT
    root = os.path.dirname(prefix[:-1])
    folder = os.path.join(root, DEPTH_FOLDER, "")
    if not os.path.isdir(folder):
        return "", SUBSTITUTE
    return folder, OF_SYNTHETIC if os.path.isfile(os.path.join(root, SYNTHETIC_MARKER)) else OF_DATA_ROOT
