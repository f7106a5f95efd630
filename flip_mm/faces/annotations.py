# SPDX-License-Identifier: Apache-2.0
"""Read the annotation files of archives: face boxes and eyes.

The formats come from published code that reads the archives, not from the archives themselves:

- ``'msu'``: bob.db.msu_mfsd_mod (``bbx``);
- ``'replay'``: bob.db.replay (``bbx``);
- ``'oulu'``: public readers of the eye files; the order of the two eyes does not matter, because they are sorted by x;
- ``'celeb'``: the sample code of CelebA-Spoof's authors (``read_image``).

We assume that frames are counted from 0 in all formats; the sources do not say it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

from flip_mm.utils.plain_numbers import plain_float

from .face import Face

# CelebA-Spoof gives boxes for images resized to this width and height.
CELEB_SIDE = 224
# Width and height of MTCNN's box in units of the distance between the eyes (median of 42 synthetic faces).
OULU_WIDTH = 2.2
OULU_HEIGHT = 2.7
# Values of the four numbers of a frame without a face.
NO_FACE = ({0.0}, {-1.0})
# Distance from the line between the eyes to the centre of the box, in the same units.
OULU_DROP = 0.35


def read_annotation(kind: str, path: Path, size: tuple[int, int] | None = None) -> dict[int, Face]:
    """Read an annotation file.

    Args:
        kind: ``'msu'``: ``frame, left, top, right, bottom``, optionally followed by x and y of both eyes; ``'replay'``:
            ``frame x y width height``; ``'oulu'``: ``frame, x, y, x, y`` of both eyes; ``'celeb'``: one line
            ``x y width height score`` in an image resized to 224 x 224. Numbers are separated by commas or blanks.
        path: The file.
        size: Width and height of the image, for ``'celeb'``.

    Returns:
        Number of the frame -> its face; ``'celeb'`` has only frame 0. Frames without a face are left out: their box (or eyes,
        for ``'oulu'``) is all 0 or all -1, or has no area.

    Raises:
        ValueError: The kind is unknown or needs ``size``, or a line has a wrong format; the message has file and line.
        OSError: The file cannot be read.
    """
    if kind not in PARSERS:
        raise ValueError(f"The annotation format '{kind}' is unknown; choose from {', '.join(PARSERS)}.")
    if kind == "celeb" and size is None:
        raise ValueError("Boxes of 'celeb' are relative: give the width and height of the image as 'size'.")
    faces: dict[int, Face] = {}
    frames_read: set[int] = set()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"'{path}' is not a text file of face annotations: {error}.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            frame, face = _parse(kind, line, size)
            if frame in frames_read:
                raise ValueError(f"frame {frame} has two lines")
        except ValueError as error:
            raise ValueError(f"'{path}', line {number}: {error}: '{line.strip()[:80]}'.") from error
        frames_read.add(frame)
        if face is not None:
            faces[frame] = face
    return faces


def _parse(kind: str, line: str, size: tuple[int, int] | None) -> tuple[int, Face | None]:
    values = [_number(field) for field in re.split(r"\s*,\s*|\s+", line.strip())]
    if kind == "celeb":
        values = [0.0, *values]
    counts, parse = PARSERS[kind]
    if len(values) not in counts:
        expected = " or ".join(str(count - (kind == "celeb")) for count in counts)
        raise ValueError(f"{expected} numbers expected, {len(values) - (kind == 'celeb')} found")
    frame, *rest = values
    if frame < 0 or frame != int(frame):
        raise ValueError(f"'{frame:g}' is no frame number")
    if set(rest[:4]) in NO_FACE:
        return int(frame), None
    face = parse(rest, size)
    x0, y0, x1, y1 = face.box
    if x1 < x0 or y1 < y0:
        raise ValueError("the box has a negative width or height")
    return int(frame), face if face.area else None


def _number(field: str) -> float:
    try:
        return plain_float(field)
    except ValueError:
        raise ValueError(f"'{field}' is no number") from None


def _msu(values: list[float], _: tuple[int, int] | None) -> Face:
    left, top, right, bottom, *eyes = values
    return Face((left, top, right, bottom), eyes=_eyes(eyes) if any(eyes) else None)


def _replay(values: list[float], _: tuple[int, int] | None) -> Face:
    x, y, width, height = values
    return Face((x, y, x + width, y + height))


def _oulu(values: list[float], _: tuple[int, int] | None) -> Face:
    eyes = (left, right) = _eyes(values)
    dx, dy = right[0] - left[0], right[1] - left[1]
    distance = math.hypot(dx, dy)
    # Down the face, perpendicular to the line between the eyes.
    x = (left[0] + right[0]) / 2 - OULU_DROP * dy
    y = (left[1] + right[1]) / 2 + OULU_DROP * dx
    half_width, half_height = OULU_WIDTH * distance / 2, OULU_HEIGHT * distance / 2
    return Face((x - half_width, y - half_height, x + half_width, y + half_height), eyes=eyes)


def _celeb(values: list[float], size: tuple[int, int] | None) -> Face:
    x, y, width, height, _ = values
    sx, sy = size[0] / CELEB_SIDE, size[1] / CELEB_SIDE
    return Face((x * sx, y * sy, (x + width) * sx, (y + height) * sy))


def _eyes(values: list[float]) -> tuple[tuple[float, float], tuple[float, float]]:
    first, second = sorted([(values[0], values[1]), (values[2], values[3])])
    return first, second


# Format -> allowed number of values in a line (with the frame number), and the parser of the values after the frame number.
PARSERS: dict[str, tuple[tuple[int, ...], Callable[[list[float], tuple[int, int] | None], Face]]] = {
    "msu": ((5, 9), _msu),
    "replay": ((5,), _replay),
    "oulu": ((5,), _oulu),
    "celeb": ((6,), _celeb),
}
