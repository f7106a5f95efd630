# SPDX-License-Identifier: Apache-2.0
"""Interface of recordings: frames by index."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class UnreadableError(ValueError):
    """A file is damaged, or has no unique conversion to 8-bit colour; the message gives the reason without the path."""


class Frames(Protocol):
    """An open recording."""

    def __len__(self) -> int:
        """Exact number of frames that can be decoded. Raises UnreadableError."""

    def __getitem__(self, index: int) -> np.ndarray:
        """Frame ``index`` (from 0): (H, W, 3) uint8 RGB, rotated by the file's metadata. Raises UnreadableError, IndexError."""

    def close(self) -> None:
        """Close the file."""
