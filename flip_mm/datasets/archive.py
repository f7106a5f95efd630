# SPDX-License-Identifier: Apache-2.0
"""Content of a data set's archive: recordings to convert, and problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from flip_mm.utils.text import safe_line


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of an archive, and where its images go.

    Attributes:
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.
        source: Path inside the archive, with ``/``: a video, an image, a folder of numbered images, or an HDF5 file.
        stem: Output path inside ``frame/``, without the ending that the selection adds, e.g. ``'oulu/test/real/1_1_36_1'``.
        media: ``'video'``, ``'image'``, ``'folder'`` or ``'hdf5'``: how the source is read.
        selection: A key of :data:`~flip_mm.datasets.frame_selection.SELECTIONS`: which frames are taken from the recording,
            and their endings. It must write the endings that ``frames`` of the data set reads: ``'pair'`` for ``'pair'``,
            ``'single'`` for ``'single'``, ``'ten'`` or ``'ten_by_index'`` for ``'numbered'``.
        annotation: Path, inside the archive, of a file with face boxes or eyes; '' if there is none.
        split: Name of the split in the original data set, e.g. ``'train'``, ``'Val'``; '' if it has none.
    """

    domain: str
    source: str
    stem: str
    media: str
    selection: str
    annotation: str = ""
    split: str = ""

    @property
    def label(self) -> str:
        """``'real'`` or ``'spoof'``, from the folder of the class: ``<set>/<class>`` or ``<set>/<split>/<class>``."""
        return "real" if "real" in self.stem.split("/")[1:3] else "spoof"


# Source of a problem that concerns the archive as a whole.
WHOLE_ARCHIVE = "."


@dataclass(frozen=True)
class Problem:
    """Something in an archive that could not be converted.

    Attributes:
        source: Path inside the archive.
        reason: What is wrong, and what was done, as a sentence without the path.

    Both are safe to print: control characters are escaped by :func:`~flip_mm.utils.text.safe_line`.
    """

    source: str
    reason: str

    def __post_init__(self) -> None:
        """Escape control characters and invisible characters."""
        object.__setattr__(self, "source", safe_line(self.source))
        object.__setattr__(self, "reason", safe_line(self.reason))


@dataclass
class Scan:
    """Content of an archive.

    Attributes:
        recordings: The recordings; their order depends only on their names.
        problems: Files that match no rule, missing recordings, recordings with the same name.
        left_out: Reason why recordings are skipped on purpose -> number of them, e.g.
            ``'dev set, which the protocols do not use': 360``.
        notes: Sentences for the user, e.g. where the labels come from.
    """

    recordings: list[Recording] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


class Tree(Protocol):
    """The files of an archive.

    Attributes:
        root: Folder of the archive.
        files: Sorted paths relative to ``root``, with ``/``.
        folders: Sorted paths of the folders that were not entered.
        problems: Files and folders that cannot be read, or with names that cannot be used.
        hidden: Number of hidden files and folders, which are skipped.
    """

    root: Path
    files: list[str]
    folders: list[str]
    problems: list[Problem]
    hidden: int


# Lists an archive; ``closed(name)`` says whether a folder of that name is listed without being entered.
Walk = Callable[..., Tree]
