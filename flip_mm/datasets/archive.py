# SPDX-License-Identifier: Apache-2.0
"""What an archive holds: recordings to convert, and what does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from flip_mm.utils.text import safe_line


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of an archive and the images that are made of it.

    Attributes:
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.
        source: Path inside the archive, with ``/``: a video, an image, a folder of numbered images, or an HDF5 file.
        stem: Output path inside ``frame/``, without the ending that the selection adds, e.g. ``'oulu/test/real/1_1_36_1'``.
        media: ``'video'``, ``'image'``, ``'folder'`` or ``'hdf5'``: how the source is read.
        selection: A key of :data:`~flip_mm.datasets.frame_selection.SELECTIONS`: which frames, under which endings.
        annotation: Path, inside the archive, of a file of face boxes or eyes; '' where there is none.
        split: The data set's own division in its own words, e.g. ``'train'``, ``'Val'``; '' where it has none.
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
        """``'real'`` or ``'spoof'``: the folder of the class stands behind the set's or behind train and test."""
        return "real" if "real" in self.stem.split("/")[1:3] else "spoof"


# Source of a problem of the archive as a whole.
WHOLE = "."


@dataclass(frozen=True)
class Problem:
    """Something in an archive that was not converted as it should be.

    Attributes:
        source: Path inside the archive.
        reason: What is wrong with it and what was done, as a sentence without the path.

    Both can be shown and written whatever a file is called: see :func:`~flip_mm.utils.text.safe_line`.
    """

    source: str
    reason: str

    def __post_init__(self) -> None:
        """Escape what cannot be shown."""
        object.__setattr__(self, "source", safe_line(self.source))
        object.__setattr__(self, "reason", safe_line(self.reason))


@dataclass
class Scan:
    """What an archive holds.

    Attributes:
        recordings: In an order that names alone decide.
        problems: Files that fit no rule, recordings that the data set should have and has not, two of one name.
        left_out: Why recordings are left out on purpose -> how many, e.g. ``'dev set, which the protocols do not use': 360``.
        notes: Sentences for the user, e.g. how labels were found.
    """

    recordings: list[Recording] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


class Tree(Protocol):
    """The files of an archive.

    Attributes:
        root: Folder of the archive.
        files: Sorted paths relative to it, with ``/``.
        folders: The same of the folders that were not entered.
        problems: What cannot be read or named.
        hidden: How many hidden files and folders were passed over.
    """

    root: Path
    files: list[str]
    folders: list[str]
    problems: list[Problem]
    hidden: int


# Lists an archive; ``closed`` tells from a folder's name whether it is listed without being entered.
Walk = Callable[..., Tree]
