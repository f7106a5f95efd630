# SPDX-License-Identifier: Apache-2.0
"""Read and write the manifest of a converted data set: one CSV row per image."""

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
        face: Face in the frame; None without face detection.
        rotation: Degrees, clockwise, by which the frame was rotated.
        face_count: Number of faces in the frame.
        detector: Method that found the face.
        sharpness: Variance of the Laplacian of the image.
        sha256: SHA-256 of the file, in hexadecimal digits.
        doubts: Why the face box is uncertain (:func:`~flip_mm.faces.box_doubts.box_doubts`).
        margin: Share of the face box that was added on each side; None if unknown.
    """

    file: str
    index: int
    face: Face | None
    rotation: int
    face_count: int
    detector: str
    sharpness: float
    sha256: str
    doubts: tuple[str, ...] = ()
    margin: float | None = None


class ManifestRow(NamedTuple):
    """Row of one image.

    Attributes:
        file: Path inside ``frame/``.
        label: ``'real'`` or ``'spoof'``.
        domain: M, C, I, ...
        subject: Person; '' if the name does not contain it.
        video: Video of the frame; scores are averaged over it.
        attack_type: ``'bonafide'`` or the presentation attack instrument.
        device: Camera; '' if the name does not contain it.
        original_split: Split in the original data set, in its words; '' if it has none.
        source: Path inside the archive.
        frame_index: Number of the frame in the source, from 0.
        rotation: Degrees, clockwise, by which the frame was rotated, in addition to the rotation stored in the file.
        faces: Number of faces in the frame; empty without face detection.
        face_box: ``x0 y0 x1 y1`` in pixels of the upright frame; empty without face detection.
        detector: ``'mtcnn'``, ``'annotations'``, ...; ``'none'`` without face detection.
        detector_score: Confidence in 0..1; empty if the detector has none.
        margin: Share of the larger side of the box that was added on each side; empty without face detection, and in manifests
            of earlier versions.
        uncertain: Why the box may be wrong: ``'no_landmarks'``, ``'second_face'`` or both with a blank between them; empty
            without doubts, without a detector, and in manifests of earlier versions.
        sharpness: Variance of the Laplacian of the written image.
        sha256: SHA-256 of the image file, in hexadecimal digits; empty in manifests of earlier versions.
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
    margin: str
    uncertain: str
    sharpness: str
    sha256: str = ""


# Columns that manifests of earlier versions do not have.
LATER_COLUMNS = ("margin", "uncertain", "sha256")


def manifest_row(recording: Recording, image: WrittenImage) -> ManifestRow:
    """Make the row of an image."""
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
        faces=str(image.face_count) if face else "",
        face_box=" ".join(f"{edge:.1f}" for edge in face.box) if face else "",
        detector=image.detector,
        detector_score=f"{face.score:.4f}" if face and face.score is not None else "",
        margin=f"{image.margin:g}" if face and image.margin is not None else "",
        uncertain=" ".join(image.doubts),
        sharpness=f"{image.sharpness:.2f}",
        sha256=image.sha256,
    )


def manifest_text(rows: Iterable[ManifestRow]) -> str:
    """Text of a manifest: the names of the columns, then the rows."""
    return csv_text([ManifestRow._fields, *rows])


def read_manifest(path: Path) -> list[ManifestRow]:
    """Read a manifest; also one of an earlier version, or the journal of an interrupted conversion.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is no manifest.
    """
    try:
        text = path.read_bytes().decode()
        # After an interruption the last line may be incomplete.
        header, *rows = csv.reader(io.StringIO(text[: text.rfind("\n") + 1], newline="")) if "\n" in text else [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"'{path}' is no manifest: {error}.") from error
    absent = {name: "" for name in LATER_COLUMNS if name not in header}
    if tuple(header) != tuple(name for name in ManifestRow._fields if name not in absent):
        raise ValueError(f"'{path}' is no manifest: its first line must name {', '.join(ManifestRow._fields)}.")
    return [
        ManifestRow(**absent, **dict(zip(header, map(unquote_cell, row), strict=True)))
        for row in rows
        if len(row) == len(header)
    ]
