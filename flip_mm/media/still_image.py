# SPDX-License-Identifier: Apache-2.0
"""Read still images as recordings of one frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from .decoding import decode_image
from .frames import UnreadableError


class ImageFrames:
    """:class:`~flip_mm.media.frames.Frames` of a still image: one frame.

    Args:
        path: The file.

    Raises:
        UnreadableError: See :func:`read_image`.
    """

    def __init__(self, path: Path) -> None:
        self._image = read_image(path)

    def __len__(self) -> int:
        """One."""
        return 1

    def __getitem__(self, index: int) -> np.ndarray:
        """The image, (H, W, 3) uint8 RGB."""
        if index != 0:
            raise IndexError(f"frame {index} of 1")
        return self._image

    def close(self) -> None:
        """Do nothing: no file is open."""


def read_image(path: Path) -> np.ndarray:
    """Read a still image by the strict rules of :func:`~flip_mm.media.decoding.decode_image`.

    Args:
        path: JPEG, PNG, BMP, TIFF, WebP or GIF, recognised by content.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        UnreadableError: The image is damaged, or breaks a strict rule; the message gives the reason.
        OSError: The file cannot be opened.
        ImportError: The extra ``flip_mm[prepare]`` is not installed.
    """
    data = path.read_bytes()
    try:
        return decode_image(data, strict=True)
    except (UnreadableError, ImportError):
        raise
    except Image.UnidentifiedImageError as error:
        raise UnreadableError(str(error)) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableError(f"it has too many pixels for a photo ({error})") from error
    except Exception as error:  # decoders may raise any exception for a damaged file
        raise UnreadableError(f"it is truncated or damaged ({error})") from error
