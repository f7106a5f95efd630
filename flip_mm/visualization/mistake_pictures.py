# SPDX-License-Identifier: Apache-2.0
"""Pictures of the worst mistakes of an evaluation."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL.Image import DecompressionBombError, DecompressionBombWarning

from flip_mm.datasets.data_roots import root_of
from flip_mm.datasets.image_source import image_prefix, read_image_file
from flip_mm.evaluation.mistakes import Mistake
from flip_mm.labels import BONA_FIDE
from flip_mm.media.decoding import decode_image
from flip_mm.utils.text import safe_line

from .evaluation_tables import short
from .html_page import Picture, thumbnail


def mistake_pictures(mistakes: Sequence[Mistake], data_root: str | Path | None, side: int = 160) -> list[Picture]:
    """Return a picture with score, attack type and name for each mistake.

    Args:
        mistakes: The samples.
        data_root: Folder with ``frame/``, also a packed one, or several, ``'MCIO=/a,WCS=/b'``; None for no images.
        side: Longest side of a picture in pixels.

    Returns:
        The pictures. One without an image has ``source=''`` and says why in its detail.
    """
    return [_picture(mistake, data_root, side) for mistake in mistakes]


def inside(name: str, data_root: str | Path) -> str | None:
    """Return the path below ``frame/`` of an image that a score file names.

    A score file may come from anybody, so a path that leads out of the data root is not read.

    Args:
        name: Path below ``frame/``, or one that ends like it: ``/old/place/frame/msu/train/real/a.png``.
        data_root: The data root.

    Example:
        >>> inside("/old/place/frame/msu/a.png", "data"), inside("msu/a.png", "data"), inside("../secret.png", "data")
        ('msu/a.png', 'msu/a.png', None)
    """
    path = name.replace("\\", "/")
    own = f"{os.path.abspath(data_root)}/frame/".replace("\\", "/")
    if path.startswith(own):
        path = path.removeprefix(own)
    elif "/frame/" in (marked := f"/{path}"):
        path = marked.rpartition("/frame/")[2]
    elif "/frame.lmdb/" in marked:
        path = marked.rpartition("/frame.lmdb/")[2]
    pure = PurePosixPath(path)
    return None if pure.is_absolute() or ".." in pure.parts or "://" in path or "\0" in path else path


def read_named(name: str, data_root: str | Path) -> np.ndarray:
    """Read an image that a score file names, see :func:`inside`.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        FileNotFoundError: It is not in the data root.
        ValueError: Its path leads out of the data root.
        Exception: See :func:`~flip_mm.media.decoding.decode_image`.
    """
    path = inside(name, data_root)
    if path is None:
        raise ValueError("its path is outside of the data root")
    try:
        data = read_image_file(image_prefix(data_root) + path)
    except FileNotFoundError as error:
        raise FileNotFoundError("the file is not in the data root") from error
    return decode_image(data)


def short_name(name: str) -> str:
    """Return the last four parts of a path, which may be one of another computer."""
    return "/".join(PurePosixPath(name.replace("\\", "/")).parts[-4:])


def _picture(mistake: Mistake, data_root: str | Path | None, side: int) -> Picture:
    kind = "real" if mistake.attack_type == BONA_FIDE else mistake.attack_type
    caption = f"{short(mistake.score)}  {kind}" + (f", {mistake.domain}" if mistake.domain else "")
    name = safe_line(short_name(mistake.file))
    if data_root is None:
        return Picture("", caption, name)
    try:
        image = read_named(mistake.file, root_of(data_root, mistake.domain))
    except (OSError, ValueError, ImportError, DecompressionBombError, DecompressionBombWarning) as error:
        return Picture("", caption, f"{name}: no picture, {safe_line(str(error))[:120]}")
    return Picture(thumbnail(image, side), caption, name)
