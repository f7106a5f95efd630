# SPDX-License-Identifier: Apache-2.0
"""The manifest of a converted data set: one CSV row per image, which says where it comes from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from flip_mm.datasets.archive import Recording
from flip_mm.datasets.naming import parse_name
from flip_mm.faces.face import Face
from flip_mm.utils.csv_cells import csv_text, unquote_cell


class WrittenImage(NamedTuple):
    """An image that was written.

    Attributes:
        file: Path inside ``frame/``.
        index: Number of the frame that it shows.
        face: In it, None where none was looked for.
        rotation: Degrees, clockwise, by which the frame was turned.
        found: Faces in the frame.
        detector: What found the face.
        sharpness: Variance of the Laplacian of the image.
        sha256: Of the file, in hexadecimal digits.
    """

    file: str
    index: int
    face: Face | None
    rotation: int
    found: int
    detector: str
    sharpness: float
    sha256: str


class ManifestRow(NamedTuple):
    """One image.

    Attributes:
        file: Path inside ``frame/``.
        label: ``'real'`` or ``'spoof'``.
        domain: M, C, I, ...
        subject: As the name says, '' where it does not.
        video: What the scores of its frames are averaged over.
        attack_type: ``'bonafide'`` or the presentation attack instrument.
        device: Camera, '' where the name does not say.
        original_split: The data set's own division, in its own words; '' where it has none.
        source: Path inside the archive.
        frame_index: Number of the frame in the source, from 0.
        rotation: Degrees, clockwise, by which it was turned to stand upright, beyond what the file itself says.
        faces: Faces found in the frame; empty where none was looked for.
        face_box: ``x0 y0 x1 y1`` in pixels of the upright frame; empty where no face was looked for.
        detector: What found the face: ``'mtcnn'``, ``'annotations'``, ...; ``'none'`` where none was looked for.
        detector_score: 0..1; empty where the detector has none.
        sharpness: Variance of the Laplacian of the image as written.
        sha256: Of the image file as written, in hexadecimal digits; empty where an earlier version wrote it, which kept none.
    """

    file: str
    label: str
    domain: str
    subject: str
    video: str
    attack_type: str
    device: str
    original_split: str
    source: str
    frame_index: str
    rotation: str
    faces: str
    face_box: str
    detector: str
    detector_score: str
    sharpness: str
    sha256: str = ""


COLUMNS_WITHOUT_SUMS = ManifestRow._fields[:-1]


def manifest_row(recording: Recording, image: WrittenImage) -> ManifestRow:
    """The row of an image that was made of a recording."""
    name, face = parse_name(recording.domain, image.file), image.face
    return ManifestRow(
        file=image.file,
        label=name.label,
        domain=recording.domain,
        subject=name.subject,
        video=name.video_id,
        attack_type=name.attack_type,
        device=name.device,
        original_split=recording.split,
        source=recording.source,
        frame_index=str(image.index),
        rotation=str(image.rotation),
        faces=str(image.found) if face else "",
        face_box=" ".join(f"{edge:.1f}" for edge in face.box) if face else "",
        detector=image.detector,
        detector_score=f"{face.score:.4f}" if face and face.score is not None else "",
        sharpness=f"{image.sharpness:.2f}",
        sha256=image.sha256,
    )


def manifest_text(rows: Iterable[ManifestRow]) -> str:
    """A whole manifest: the names of the columns, then the rows."""
    return csv_text([ManifestRow._fields, *rows])


def read_manifest(path: Path) -> list[ManifestRow]:
    """Read a manifest, or as much of it as was written when its conversion was interrupted; of an earlier version, too.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no manifest.
    """
    try:
        text = path.read_bytes().decode()
        # A kill can leave a torn last line.
        header, *rows = csv.reader(io.StringIO(text[: text.rfind("\n") + 1], newline="")) if "\n" in text else [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"'{path}' is no manifest: {error}.") from error
    if tuple(header) not in (ManifestRow._fields, COLUMNS_WITHOUT_SUMS):
        raise ValueError(f"'{path}' is no manifest: its first line must name {', '.join(ManifestRow._fields)}.")
    return [ManifestRow(*map(unquote_cell, row)) for row in rows if len(row) == len(header)]
