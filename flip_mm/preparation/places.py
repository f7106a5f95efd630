# SPDX-License-Identifier: Apache-2.0
"""Folders and files of a conversion: it writes only there, and does not overwrite files of others."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from pathlib import Path

from filelock import FileLock, Timeout

from flip_mm.datasets.image_source import is_packed
from flip_mm.datasets.lists import LIST_KINDS, list_path
from flip_mm.datasets.protocols import DOMAINS
from flip_mm.datasets.recorded_sums import manifest_path
from flip_mm.labels import LIST_WORDS
from flip_mm.utils import files
from flip_mm.utils.files import name_in_errors
from flip_mm.utils.tree import Kind, walk_tree

ADVICE = "Remove the cause and continue with --resume"
PNG_END, JPEG_END = b"IEND\xaeB`\x82", b"\xff\xd9"


@dataclass(frozen=True)
class Places:
    """Folders and files of one data set in a data root.

    Attributes:
        raw: The archive.
        out: The data root.
        domain: The data set.
        nested: Whether the data root may be inside the archive; safe if a CSV file names every source.
    """

    raw: Path
    out: Path
    domain: str
    nested: bool = False

    @property
    def frames(self) -> Path:
        """Images of all data sets."""
        return self.out / "frame"

    @property
    def domain_frames(self) -> Path:
        """Images of this data set."""
        return self.frames / DOMAINS[self.domain]

    @property
    def lists(self) -> Path:
        """Lists of all data sets."""
        return self.out / "txt"

    @property
    def records(self) -> Path:
        """Manifest, settings, problems and face report of this data set."""
        return self.manifest.parent

    @property
    def manifest(self) -> Path:
        """Manifest of a finished conversion."""
        return manifest_path(self.out, self.domain)

    @property
    def journal(self) -> Path:
        """Manifest of an unfinished conversion."""
        return self.records / "journal.csv"

    @property
    def settings(self) -> Path:
        """Settings of the conversion."""
        return self.records / "settings.json"

    @property
    def written_lists(self) -> Path:
        """SHA-256 sums of the lists that conversions wrote."""
        return self.records / "lists.json"

    def present_lists(self) -> list[Path]:
        """Existing list files of the domain."""
        paths = [list_path(self.out, self.domain, *key) for key in product(LIST_WORDS, LIST_KINDS)]
        return [path for path in paths if path.exists()]


def check_places(places: Places) -> None:
    """Check the folders of a conversion.

    Raises:
        ValueError: The archive is no folder, archive and data root are inside each other, or a link leads out of the data root.
        OSError: A folder cannot be read.
    """
    raw, out = places.raw.resolve(), places.out.resolve()
    if not raw.is_dir():
        raise ValueError(f"RAW '{places.raw}' is no folder. Use the folder into which you unpacked the data set.")
    # A link inside the archive may lead to the data root.
    above_out = {out, *out.parents, *(folder.resolve() for folder in places.out.absolute().parents)}
    if not places.nested and (raw in above_out or out in raw.parents):
        raise ValueError(
            f"OUT '{places.out}' and RAW '{places.raw}' are inside each other: converted images would count as part of the "
            "archive. Choose another OUT."
        )
    if places.out.exists() and not places.out.is_dir():
        raise ValueError(f"OUT '{places.out}' is a file. Use a folder, the data_root of the configs.")
    if is_packed(places.out):
        raise ValueError(
            f"OUT '{places.out}' is a packed data root: add to the data root that was packed, and pack that again."
        )
    entries = walk_tree(places.domain_frames, follow_links=False)
    links = [places.domain_frames / entry.path for entry in entries if entry.is_link and entry.kind is Kind.FOLDER]
    for folder in (places.domain_frames, places.lists, places.records, *links):
        if out not in (resolved := folder.resolve()).parents:
            raise ValueError(f"'{folder}' leads out of OUT, to '{resolved}'. Nothing is written outside OUT: remove the link.")


def make_folders(places: Places) -> None:
    """Create the folders, and check that files can be written there.

    Raises:
        OSError: Nothing can be written; the message names the folder.
    """
    for folder in (places.domain_frames, places.lists, places.records):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise OSError(
                error.errno, f"{error.strerror}: nothing can be written into '{folder}'. Choose another OUT"
            ) from error


@contextmanager
def lock_conversion(places: Places) -> Iterator[None]:
    """Prevent a second conversion of the data set at the same time; the lock of a killed process does not count.

    Raises:
        ValueError: Another conversion is running.
    """
    try:
        with FileLock(places.records / "lock", timeout=0):
            yield
    except Timeout as error:
        raise ValueError(f"Another conversion is writing into '{places.domain_frames}': wait until it has ended.") from error


def is_usable(places: Places) -> bool:
    """Whether a conversion is finished, and there are training or test lists of both classes."""
    lists = [[list_path(places.out, places.domain, name, kind) for name in LIST_WORDS] for kind in ("train", "test")]
    finished = places.manifest.is_file() and not places.journal.exists()
    return finished and any(all(path.is_file() for path in both_classes) for both_classes in lists)


def write_file(path: Path, data: bytes) -> None:
    """Write a temporary file next to ``path`` and rename it; create the folder.

    Raises:
        OSError: The file cannot be written; no incomplete file is left.
    """
    with name_in_errors(path, ADVICE):
        path.parent.mkdir(parents=True, exist_ok=True)
    files.write_file(path, data, ADVICE)


def append_file(path: Path, data: bytes) -> None:
    """Append to a file.

    Raises:
        OSError: The file cannot be written; a part of the data may have been written.
    """
    with name_in_errors(path, ADVICE), path.open("ab") as file:
        file.write(data)


def is_as_written(path: Path, digest: str) -> bool:
    """Whether an image exists as it was written; after a power failure a renamed file can be truncated or contain zeros.

    Args:
        path: The image file.
        digest: Its SHA-256; '' in manifests of earlier versions, then only the end of the file is checked.
    """
    if digest:
        try:
            return sha256(path.read_bytes()).hexdigest() == digest
        except OSError:
            return False
    end = PNG_END if path.suffix == ".png" else JPEG_END
    try:
        with path.open("rb") as file:
            file.seek(-len(end), os.SEEK_END)
            return file.read() == end
    except OSError:
        return False
