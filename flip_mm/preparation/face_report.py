# SPDX-License-Identifier: Apache-2.0
"""HTML report that shows how faces were found; check it before training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from flip_mm.datasets.archive import Problem
from flip_mm.utils.stable_order import hash_order
from flip_mm.visualization.html_page import Picture, thumbnail, write_page

from .convert_recordings import ConversionResult
from .manifest import ManifestRow
from .worker import ConversionOptions

SHOWN = 24


def write_face_report(
    path: Path,
    title: str,
    frames: Path,
    result: ConversionResult,
    problems: Sequence[Problem],
    options: ConversionOptions,
    thumbnails: bool,
) -> None:
    """Write the report: counts, and thumbnails of random images and of images to check.

    Args:
        path: HTML file; the thumbnails are stored in it.
        title: Title of the data set.
        frames: Folder ``frame/``.
        result: Result of the conversion.
        problems: Files that were not converted.
        options: How images were made.
        thumbnails: Whether faces are shown.
    """
    rows = result.rows
    groups = {
        "A sample of real faces": _sample(row for row in rows if row.label == "real"),
        "A sample of presentation attacks": _sample(row for row in rows if row.label == "spoof"),
        "Uncertain boxes: no landmarks, or a second face in the crop": _sample(row for row in rows if row.uncertain),
        "Lowest detector score": sorted((row for row in rows if row.detector_score), key=lambda row: float(row.detector_score)),
        "Smallest faces": sorted((row for row in rows if row.face_box), key=_side),
        "Several faces, the largest taken": _sample(row for row in rows if row.faces not in ("", "0", "1")),
        "Rotated to be upright": _sample(row for row in rows if row.rotation != "0"),
        "Least sharp": sorted(rows, key=lambda row: float(row.sharpness)),
    }
    shown = {name: [_picture(frames, row) for row in group[:SHOWN]] for name, group in groups.items() if group and thumbnails}
    summary = f"Faces: {options.faces}, margin {options.margin:g}, {options.size} x {options.size} pixels."
    counts = {f"{label} recordings": f"{done} of {total}" for label, (done, total) in result.shares.items()}
    counts |= {name: str(number) for name, number in count_faces(rows).items()}
    write_page("faces.html", path, title=f"{title}: faces", counts=counts, groups=shown, problems=problems, settings=summary)


def count_faces(rows: Sequence[ManifestRow]) -> dict[str, int]:
    """Count images by how their face was found."""
    counts = Counter()
    for row in rows:
        counts["images"] += 1
        counts["without face detection"] += row.faces == ""
        counts[f"found by {row.detector}"] += row.faces != ""
        counts["one face"] += row.faces == "1"
        counts["several faces, the largest taken"] += row.faces not in ("", "0", "1")
        counts["uncertain box"] += row.uncertain != ""
        counts["rotated to be upright"] += row.rotation != "0"
    return dict(counts)


def _sample(rows) -> list[ManifestRow]:  # noqa: ANN001
    """Rows in a random order that is the same every time."""
    return sorted(rows, key=lambda row: hash_order(row.file))


def _side(row: ManifestRow) -> float:
    x0, y0, x1, y1 = map(float, row.face_box.split())
    return max(x1 - x0, y1 - y0)


def _picture(frames: Path, row: ManifestRow) -> Picture:
    details = [f"frame {row.frame_index}"]
    if row.face_box:
        details.append(f"face {_side(row):.0f} px")
    if row.detector_score:
        details.append(f"score {row.detector_score}")
    if row.uncertain:
        details.append(", ".join(row.uncertain.split()).replace("_", " "))
    with Image.open(frames / row.file) as image:
        return Picture(
            thumbnail(np.asarray(image.convert("RGB"))), row.file, ", ".join([*details, f"sharpness {row.sharpness}"])
        )
