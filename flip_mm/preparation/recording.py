# SPDX-License-Identifier: Apache-2.0
"""What an archive holds: recordings to convert, and what does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flip_mm.utils.text import safe_line


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of an archive and the images that are made of it.

    Attributes:
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.
        source: Path inside the archive, with ``/``: a video, an image, a folder of numbered images, or an HDF5 file.
        stem: Output path inside ``frame/``, without the ending that the selection adds, e.g. ``'oulu/test/real/1_1_36_1'``.
        media: ``'video'``, ``'image'``, ``'folder'`` or ``'hdf5'``: how the source is read.
        selection: A key of :data:`~flip_mm.preparation.selection.SELECTIONS`: which frames, under which endings.
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


@dataclass(frozen=True)
class Archive:
    """A data set as its owners hand it out.

    Attributes:
        name: Of the converter, e.g. ``'msu_mfsd'``.
        title: As the field writes it, e.g. ``'MSU-MFSD'``.
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.
        layout: Description of the folders that the scan expects, for help texts and errors; several lines.
        scan: Root of the archive -> what it holds. Raises ValueError where nothing of the layout is found.
        faces: How faces are found unless the user says otherwise: ``'mtcnn'``, ``'annotations'`` or ``'none'``.
        annotations: ``'msu'``, ``'replay'``, ``'oulu'``, ``'celeb'``: format of its annotation files; '' where it has none.
        borders: Whether black borders are cut where no face is looked for (the sets of protocol 2).
        official: What the list files that are made of it have in common with the official ones, and what not.
        per_class: How many recordings of each class are converted where the authors' lists do not name them; 0 for all.
    """

    name: str
    title: str
    domain: str
    layout: str
    scan: Callable[[Path], Scan]
    faces: str = "mtcnn"
    annotations: str = ""
    borders: bool = False
    official: str = ""
    per_class: int = 0
