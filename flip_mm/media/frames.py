# SPDX-License-Identifier: Apache-2.0
"""Frames of a recording by index, however it is stored."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class UnreadableError(ValueError):
    """A file is broken, or holds what cannot become 8-bit colour without guessing; the text says what, without the path."""


class Frames(Protocol):
    """An open recording."""

    def __len__(self) -> int:
        """Number of frames that can be decoded, exact. Raises UnreadableError."""

    def __getitem__(self, index: int) -> np.ndarray:
        """Frame ``index`` (from 0): (H, W, 3) uint8 RGB, upright by the file's metadata. Raises UnreadableError, IndexError."""

    def close(self) -> None:
        """Close the file."""
