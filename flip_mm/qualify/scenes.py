# SPDX-License-Identifier: Apache-2.0
"""Read the pictures and find their faces."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from flip_mm.datasets.image_source import read_image_file
from flip_mm.faces.detectors import build_detector
from flip_mm.faces.face import Face
from flip_mm.faces.locate import locate_face
from flip_mm.media.decoding import decode_image
from flip_mm.utils.files import read_utf8

from .samples import Sample
from .subject import View

GIVEN = "given"
COLUMNS = ("file", "x0", "y0", "x1", "y1")
# Name of a picture and its pixels -> the face; raises NoFace.
Find = Callable[[str, np.ndarray], Face | None]


class NoFace(ValueError):
    """No face was found in a picture."""


class Scene(NamedTuple):
    """A picture and its face; without an image, ``problem`` says why the detector was not asked."""

    sample: Sample
    view: View | None
    problem: str = ""


def find_by_detector(name: str, weights: Path | None = None) -> Find:
    """Return a function that finds the largest face.

    Args:
        name: See :func:`~flip_mm.faces.detectors.build_detector`, or ``'given'`` for pictures that are face crops.
        weights: Model file of the face detector.

    Raises:
        ImportError: A package is missing.
        ValueError: The name is unknown.
    """
    if name == GIVEN:
        return lambda _, image: None
    detector = build_detector(name, weights)

    def find(_: str, image: np.ndarray) -> Face:
        face = locate_face(detector, image).face
        if face is None:
            raise NoFace("no face was found")
        return face

    return find


def find_by_table(path: Path) -> Find:
    """Return a function that looks up faces in a CSV file with the columns ``file``, ``x0``, ``y0``, ``x1``, ``y1``.

    ``file`` is the path inside the data, coordinates are pixels; pictures that are not in the file have no face.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A column is missing, or a line has no box; the message names file and line.
    """
    rows = csv.DictReader(read_utf8(path).splitlines())
    if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
        raise ValueError(f"'{path}', line 1: the column '{missing[0]}' is missing; the columns are {', '.join(COLUMNS)}.")
    boxes: dict[str, Face] = {}
    for row in rows:
        try:
            x0, y0, x1, y1 = (float(row[name]) for name in COLUMNS[1:])
        except (TypeError, ValueError) as error:
            raise ValueError(f"'{path}', line {rows.line_num}: four numbers expected after the file name.") from error
        face = Face((x0, y0, x1, y1))
        if not all(map(math.isfinite, face.box)) or face.area == 0:
            raise ValueError(f"'{path}', line {rows.line_num}: the box {face.box} is empty.")
        boxes[row["file"]] = face

    def find(name: str, image: np.ndarray) -> Face:
        if name not in boxes:
            raise NoFace("the table of boxes has no line for it")
        return boxes[name]

    return find


def read_scenes(samples: Iterable[Sample], find: Find) -> Iterator[Scene]:
    """Read pictures one after the other; faces are found once, also if the same sample is read again.

    Raises:
        DetectorError: The face detector failed.
    """
    for sample in samples:
        try:
            image = decode_image(read_image_file(sample.path))
        except Exception as error:  # decoders may raise any exception for a damaged file
            yield Scene(sample, None, f"unreadable: {error}")
            continue
        try:
            yield Scene(sample, (image, find(sample.name, image)))
        except NoFace as error:
            yield Scene(sample, None, str(error))


def remembered(find: Find) -> Find:
    """Return a function that finds the face of each name only once."""
    known: dict[str, Face | NoFace | None] = {}

    def look_up(name: str, image: np.ndarray) -> Face | None:
        if name not in known:
            try:
                known[name] = find(name, image)
            except NoFace as error:
                known[name] = error
        found = known[name]
        if isinstance(found, NoFace):
            raise found
        return found

    return look_up
