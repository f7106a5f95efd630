# SPDX-License-Identifier: Apache-2.0
"""Where a conversion reads and writes; nothing is written anywhere else, and nothing of anybody's is overwritten."""

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
        domain: What is converted.
        nested: Whether the data root may lie inside the archive: where every file of it is named one by one.
    """

    raw: Path
    out: Path
    domain: str
    nested: bool = False

    @property
    def frames(self) -> Path:
        """Of all data sets."""
        return self.out / "frame"

    @property
    def own_frames(self) -> Path:
        """Of this data set."""
        return self.frames / DOMAINS[self.domain]

    @property
    def lists(self) -> Path:
        """Of all data sets."""
        return self.out / "txt"

    @property
    def records(self) -> Path:
        """Manifest, settings, problems and face report of this data set."""
        return self.manifest.parent

    @property
    def manifest(self) -> Path:
        """Of a finished conversion."""
        return manifest_path(self.out, self.domain)

    @property
    def journal(self) -> Path:
        """The manifest while it grows."""
        return self.records / "journal.csv"

    @property
    def settings(self) -> Path:
        """What the images were made with."""
        return self.records / "settings.json"

    @property
    def written_lists(self) -> Path:
        """Digests of the lists that conversions wrote."""
        return self.records / "lists.json"

    def present_lists(self) -> list[Path]:
        """List files of the domain that are in the data root."""
        wanted = [list_path(self.out, self.domain, *which) for which in product(LIST_WORDS, LIST_KINDS)]
        return [path for path in wanted if path.exists()]


def check_places(places: Places) -> None:
    """Refuse folders that a conversion must not read from or write to.

    Raises:
        ValueError: The archive is no folder, or one of the folders lies inside the other, or leads out of the data root.
        OSError: Nothing can be written.
    """
    raw, out = places.raw.resolve(), places.out.resolve()
    if not raw.is_dir():
        raise ValueError(f"RAW '{places.raw}' is no folder. It is the folder that the data set's archives were unpacked into.")
    # Also where a link inside the archive leads to the data root.
    above_out = {out, *out.parents, *(folder.resolve() for folder in places.out.absolute().parents)}
    if not places.nested and (raw in above_out or out in raw.parents):
        raise ValueError(
            f"OUT '{places.out}' and RAW '{places.raw}' lie inside each other: converted images would be taken for the "
            "archive. Choose another OUT."
        )
    if places.out.exists() and not places.out.is_dir():
        raise ValueError(f"OUT '{places.out}' is a file. It is the folder that the configs call data_root.")
    found = walk_tree(places.own_frames, follow_links=False)
    links = [places.own_frames / entry.path for entry in found if entry.is_link and entry.kind is Kind.FOLDER]
    for folder in (places.own_frames, places.lists, places.records, *links):
        if out not in (resolved := folder.resolve()).parents:
            raise ValueError(f"'{folder}' leads out of OUT, to '{resolved}'. Nothing is written outside OUT: remove the link.")


def make_folders(places: Places) -> None:
    """Create the folders, so that a disk that cannot be written is found out before the work.

    Raises:
        OSError: Naming the folder and why.
    """
    for folder in (places.own_frames, places.lists, places.records):
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
    """Keep a second conversion of the data set out of the data root; a killed one keeps nobody out.

    Raises:
        ValueError: There is one.
    """
    try:
        with FileLock(places.records / "lock", timeout=0):
            yield
    except Timeout as error:
        raise ValueError(f"Another conversion is writing into '{places.own_frames}': wait until it has ended.") from error


def is_usable(places: Places) -> bool:
    """Whether a conversion was finished, and lists of both classes came of it."""
    lists = [[list_path(places.out, places.domain, name, kind) for name in LIST_WORDS] for kind in ("train", "test")]
    finished = places.manifest.is_file() and not places.journal.exists()
    return finished and any(all(path.is_file() for path in own) for own in lists)


def write_file(path: Path, data: bytes) -> None:
    """Write a file beside its place and rename it; its folder is made.

    Raises:
        OSError: Naming the file and why; no half file is left.
    """
    with name_in_errors(path, ADVICE):
        path.parent.mkdir(parents=True, exist_ok=True)
    files.write_file(path, data, ADVICE)


def append_file(path: Path, data: bytes) -> None:
    """Add to the end of a file.

    Raises:
        OSError: Naming the file and why; a part of the data may be there.
    """
    with name_in_errors(path, ADVICE), path.open("ab") as file:
        file.write(data)


def is_as_written(path: Path, digest: str) -> bool:
    """Whether an image is there as it was written; after a loss of power a renamed file can be cut short, or hold zeros.

    Args:
        path: Of the file.
        digest: Its SHA-256; '' where an earlier version wrote it, then only its end is looked at.
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
