# SPDX-License-Identifier: Apache-2.0
"""Parse one line of a CSV file that describes a user's data set."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from flip_mm.datasets.archive import Recording
from flip_mm.datasets.protocols import DOMAINS
from flip_mm.datasets.registration import BUILT_IN, DOMAIN, UNKNOWN
from flip_mm.labels import BONA_FIDE, REAL_WORDS, SPOOF_WORDS
from flip_mm.media.file_types import IMAGE_ENDINGS, VIDEO_ENDINGS
from flip_mm.utils.path_parts import is_printable, safe_part

REQUIRED = ("path", "label")
OPTIONAL = ("subject", "attack_type", "split", "domain", "video")
# A GIF is an animation more often than a photo.
IMAGES = tuple(ending for ending in IMAGE_ENDINGS if ending != ".gif")
# Media -> selection of frames.
SELECTION = {"video": "pair", "folder": "pair", "image": "single"}


@dataclass(frozen=True)
class TableRow:
    """A valid line.

    Attributes:
        line: Line number, from 1.
        recording: The recording.
        file: Path of the source, with links resolved.
        real: Whether the label is real.
        cells: ``'subject'``, ``'attack_type'``, ``'video'`` -> text of the last three parts of the output path.
    """

    line: int
    recording: Recording
    file: Path
    real: bool
    cells: dict[str, str]


def read_row(line: int, cells: dict[str, str], domain: str | None, root: Path) -> TableRow:
    """Parse one line.

    Args:
        line: Line number.
        cells: Column -> text, with the ``REQUIRED`` columns and possibly ``OPTIONAL`` ones.
        domain: Domain of lines without one.
        root: Folder that contains all paths.

    Raises:
        ValueError: The line is not valid.
    """
    real = _label(cells["label"])
    file = _source(cells["path"], root)
    media = _media(file, cells["path"])
    name = _domain(cells.get("domain") or domain)
    split = cells.get("split", "").lower()
    if split not in ("", "train", "test"):
        raise ValueError(
            f"the split is '{cells['split']}': expected train, test or nothing. For a development set use --holdout in "
            "training."
        )
    attack = cells.get("attack_type", "")
    if real and attack.lower() not in ("", UNKNOWN, *REAL_WORDS):
        raise ValueError(f"the label is '{cells['label']}', real, and the attack_type '{attack}': leave it empty.")
    if not real and attack.lower() in REAL_WORDS[:-1]:
        raise ValueError(
            f"the label is '{cells['label']}', spoof, and the attack_type '{attack}': name the attack or leave it empty."
        )
    stem = Path(cells["path"]).name
    texts = {
        "subject": cells.get("subject") or UNKNOWN,
        "attack_type": BONA_FIDE if real else attack or UNKNOWN,
        "video": cells.get("video") or (stem if media == "folder" else os.path.splitext(stem)[0]),
    }
    parts = [_part(column, cell) for column, cell in texts.items()]
    output = "/".join([DOMAINS.get(name, name.lower()), split or "train", "real" if real else "fake", *parts])
    source = file.relative_to(root.resolve()).as_posix()
    return TableRow(line, Recording(name, source, output, media, SELECTION[media], split=split), file, real, texts)


def _label(cell: str) -> bool:
    if cell.lower() in REAL_WORDS:
        return True
    if cell.lower() in SPOOF_WORDS:
        return False
    raise ValueError(f"the label is '{cell}': expected {', '.join(REAL_WORDS)} or {', '.join(SPOOF_WORDS)}.")


def _source(cell: str, root: Path) -> Path:
    """Path of the file, with links resolved."""
    if not cell:
        raise ValueError("the path is empty.")
    if not is_printable(cell):
        raise ValueError(f"the path {cell!r} contains control characters: rename the file.")
    try:
        file = (root / cell).resolve()
        inside, exists = file.is_relative_to(root.resolve()), file.exists()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links that lead in a circle, before Python 3.13
        raise ValueError(f"the path {cell!r} cannot be resolved: {error}.") from error
    if not inside:
        raise ValueError(
            f"the path '{cell}' leads out of '{root}', and is not read. Paths are relative to the folder of the CSV file; "
            "choose another folder with --root."
        )
    if not exists:
        hint = "; write it with / instead of \\" if "\\" in cell else ""
        raise ValueError(f"there is no file '{cell}' in '{root}'{hint}.")
    source = file.relative_to(root.resolve()).as_posix()
    if not is_printable(source):
        raise ValueError(f"the path '{cell}' leads to {source!r}, which is not UTF-8 or contains control characters.")
    return file


def _media(file: Path, cell: str) -> str:
    suffix = Path(cell).suffix.lower()
    if file.is_dir():
        return "folder"
    if suffix in VIDEO_ENDINGS:
        return "video"
    if suffix in IMAGES:
        return "image"
    raise ValueError(
        f"'{cell}' is no video ({' '.join(VIDEO_ENDINGS)}), image ({' '.join(IMAGES)}) or folder of images, by its name."
    )


def _domain(name: str | None) -> str:
    if not name:
        raise ValueError("the data set has no name: add --domain, or a column domain.")
    if not DOMAIN.fullmatch(name):
        raise ValueError(f"the domain '{name}' must consist of letters, digits, _ and -.")
    if name in BUILT_IN or name.lower() in BUILT_IN.values():
        raise ValueError(
            f"the domain '{name}' or its folder is reserved for a data set of flip_mm ({', '.join(BUILT_IN)}): choose another "
            "name."
        )
    return name


def _part(column: str, cell: str) -> str:
    try:
        return safe_part(cell)
    except ValueError as error:
        hint = ": add a column video with another name" if column == "video" else ""
        raise ValueError(f"the {column} {cell!r} {error}{hint}.") from error
