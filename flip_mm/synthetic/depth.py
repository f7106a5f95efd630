# SPDX-License-Identifier: Apache-2.0
"""Depth maps of drawn faces."""

from __future__ import annotations

import numpy as np

from .faces import Identity, View
from .patterns import Image

# Share of the depth that the head has; the nose adds the rest.
HEAD = 0.8
NOSE_WIDTH = 0.1


def face_depth(who: Identity, view: View, size: int) -> Image:
    """Compute the depth of the face that :func:`~flip_mm.synthetic.faces.draw_person` draws.

    The head is the nearer of two ellipsoids, which are as wide and as high as the two ellipses of the skin; the nose is a ridge
    that rises from between the eyes to its tip.

    Args:
        who: The person.
        view: Position, size and roll of the head.
        size: Side of the map in pixels.

    Returns:
        (size, size) float32 in 0..1: 0 outside the face, 1 at most at the tip of the nose.
    """
    # As Canvas: pixel i has the coordinate i.
    y, x = np.mgrid[0:size, 0:size] / size
    right, down = (x - view.center[0]) / view.size, (y - view.center[1]) / view.size
    cosine, sine = np.cos(view.roll), np.sin(view.roll)
    u, v = cosine * right + sine * down, cosine * down - sine * right
    head = np.maximum(_ellipsoid(u, v + 0.1, who.width, 0.86), _ellipsoid(u, v - 0.25, who.width * who.jaw, 0.75))
    top, tip = -0.08, who.nose
    rise = np.clip((v - top) / (tip - top), 0, 1) * np.exp(-((np.maximum(v - tip, 0) / 0.06) ** 2))
    nose = rise * np.exp(-((u / NOSE_WIDTH) ** 2))
    return ((HEAD * head + (1 - HEAD) * nose) * (head > 0)).astype(np.float32)


def _ellipsoid(x: np.ndarray, y: np.ndarray, a: float, b: float) -> np.ndarray:
    """Depth of an ellipsoid with the half axes a and b, 1 at its centre and 0 outside."""
    return np.sqrt(np.clip(1 - (x / a) ** 2 - (y / b) ** 2, 0, None))
