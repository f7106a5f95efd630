# SPDX-License-Identifier: Apache-2.0
"""Changed pictures and boxes, to see how much a score depends on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import cv2
import numpy as np

from flip_mm.faces.moved_boxes import Move, move_face

from .subject import View

Change = Callable[[View], View]


@dataclass(frozen=True)
class Probe:
    """A condition under which all pictures are scored again.

    Attributes:
        group: What is varied.
        label: The value as text.
        changes: One or more changes of equal size, such as shifts in four directions.
        needs_box: Whether it needs pictures with a face box, not face crops.
    """

    group: str
    label: str
    changes: tuple[Change, ...]
    needs_box: bool = False


def unchanged(view: View) -> View:
    """Return the view."""
    return view


def swap_colours(view: View) -> View:
    """Exchange red and blue."""
    return np.ascontiguousarray(view[0][..., ::-1]), view[1]


def zoom(factor: float) -> Change:
    """Return a change: the crop shows ``factor`` times the width and height; of a face crop, its centre (factor <= 1)."""

    def change(view: View) -> View:
        image, face = view
        if face is not None:
            return image, move_face(face, Move(factor))
        height, width = image.shape[:2]
        cut_y, cut_x = (round((1 - factor) / 2 * side) for side in (height, width))
        return image[cut_y : height - cut_y, cut_x : width - cut_x], None

    return change


def shift(right: float, down: float) -> Change:
    """Return a change: the box moves, in units of its larger side."""
    return lambda view: (view[0], move_face(view[1], Move(right=right, down=down)))


def move_sides(left: int, top: int, right: int, bottom: int) -> Change:
    """Return a change: each side of the box moves by a number of pixels."""

    def change(view: View) -> View:
        image, face = view
        moved = zip(face.box, (left, top, right, bottom), strict=True)
        return image, replace(face, box=tuple(side + pixels for side, pixels in moved))

    return change


def jpeg(quality: int) -> Change:
    """Return a change: the picture is compressed."""

    def change(view: View) -> View:
        _, data = cv2.imencode(".jpg", view[0][..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]), view[1]

    return change


def resolution(factor: float) -> Change:
    """Return a change: the picture is shrunk by averaging, and enlarged again."""

    def change(view: View) -> View:
        image, face = view
        height, width = image.shape[:2]
        size = max(1, round(width * factor)), max(1, round(height * factor))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), face

    return change


def brightness(factor: float) -> Change:
    """Return a change: all values are multiplied, and cut at 255."""
    table = np.clip(np.rint(factor * np.arange(256)), 0, 255).astype(np.uint8)
    return lambda view: (table[view[0]], view[1])


def four_ways(share: float) -> tuple[Change, ...]:
    """Return the shifts to the four sides."""
    return shift(share, 0), shift(-share, 0), shift(0, share), shift(0, -share)


CROP, SHIFT, JPEG, RESOLUTION, BRIGHTNESS = "crop size", "crop position", "JPEG quality", "resolution", "brightness"
# Two detectors, or two frames, hardly agree better.
ONE_PIXEL = "sides by 1 px"
SWEEPS = (
    *(Probe(CROP, f"{factor:.0%}", (zoom(factor),), factor > 1) for factor in (0.8, 0.9, 1.1, 1.2, 1.4)),
    Probe(SHIFT, ONE_PIXEL, tuple(move_sides(a, b, c, -b) for a, b, c in product((-1, 1), repeat=3)), True),
    *(Probe(SHIFT, f"{share:.0%}", four_ways(share), True) for share in (0.05, 0.15)),
    *(Probe(JPEG, str(quality), (jpeg(quality),)) for quality in (95, 75, 50, 30)),
    *(Probe(RESOLUTION, f"{factor:.0%}", (resolution(factor),)) for factor in (0.75, 0.5, 0.25)),
    *(Probe(BRIGHTNESS, f"{factor:.0%}", (brightness(factor),)) for factor in (0.5, 0.75, 1.25, 1.5)),
)
COLOURS = Probe("colours", "red and blue exchanged", (swap_colours,))
BASE = Probe("unchanged", "", (unchanged,))
