# SPDX-License-Identifier: Apache-2.0
"""Patterns of paper, screens, walls and clothes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
RNG = np.random.Generator


def grid(size: int) -> tuple[Image, Image]:
    """Coordinates x and y of every pixel, (size, size) each, in pixels."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    return x, y


def smooth_noise(rng: RNG, size: int, cell: float) -> Image:
    """(size, size) noise of unit variance, with grains of about ``cell`` pixels."""
    cells = max(int(np.ceil(size / max(cell, 1))), 2)
    field = cv2.resize(rng.standard_normal((cells, cells)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    return field / (field.std() + 1e-6)


def halftone(size: int, rng: RNG) -> Image:
    """Halftone dots of a printer, with another angle for each colour. (size, size, 3), -1..1."""
    x, y = grid(size)
    period = size / rng.uniform(20, 34)
    screens = []
    for degrees in (15, 75, 45):
        a = np.radians(degrees)
        u, v = (np.cos(a) * x + np.sin(a) * y) / period, (np.cos(a) * y - np.sin(a) * x) / period
        screens.append(0.5 * (np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v)))
    return np.stack(screens, axis=2).astype(np.float32)


def pixel_grid(size: int, rng: RNG) -> Image:
    """Rows and columns of the coloured pixels of a screen. (size, size, 3), about -1..1."""
    x, y = grid(size)
    period = size / rng.uniform(24, 40)
    columns = [np.cos(2 * np.pi * (x / period + channel / 3)) for channel in range(3)]
    return (0.6 * np.stack(columns, axis=2) + 0.4 * np.cos(2 * np.pi * y / period)[..., None]).astype(np.float32)


def moire(size: int, rng: RNG) -> Image:
    """Bent interference stripes, with another shift for each colour. (size, size, 3), -1..1."""
    x, y = (axis / size for axis in grid(size))
    angle, waves, bend = rng.uniform(0, np.pi), rng.uniform(6, 15), rng.uniform(-0.4, 0.4)
    u = np.cos(angle) * x + np.sin(angle) * y + bend * (x - 0.5) * (y - 0.5)
    return np.stack([np.cos(2 * np.pi * waves * u + shift) for shift in rng.uniform(0, 2.5, 3)], axis=2).astype(np.float32)


PATTERNS = (halftone, pixel_grid, moire)
