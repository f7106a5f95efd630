# SPDX-License-Identifier: Apache-2.0
"""A data set: all that flip_mm knows of one, in one record. Each file in ``sets/`` fills in one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from flip_mm.labels import BONA_FIDE

from .archive import Scan, Walk
from .frame_name import ENDINGS, FrameName, NameParts
from .list_rule import OWN_FOLDERS, ListRule


class SyntheticFolder(NamedTuple):
    """Names that the synthetic set takes from a data set, in its folder train or test.

    Attributes:
        names: Whether real -> (what a video shows, its name). In a name ``{s}`` is the number of the person, ``{g}`` a group 1
            to 3 of the person, ``{n}`` a serial number and ``{k}`` its hundreds.
        endings: Of the frames of a video.
    """

    names: Callable[[bool], list[tuple[str, str]]]
    endings: tuple[str, ...] = ("_frame0.png", "_frame1.png")


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set.

    Attributes:
        domain: Its name in protocols, e.g. ``'O'``.
        stem: Folder of its images inside ``frame/`` and begin of its lists' names, e.g. ``'oulu'``.
        name: Of its converter, e.g. ``'oulu_npu'``.
        title: As the field writes it, e.g. ``'OULU-NPU'``.
        paper: Who introduced it, and where.
        source: Page where it is requested.
        tried: Whether its lists were at hand when its rules were written; otherwise they follow public descriptions and code,
            and nobody has tried them.

        frames: A key of :data:`~flip_mm.datasets.frame_name.ENDINGS`.
        pattern: Of a path without its ending, with the group ``cls`` (``'real'`` or ``'fake'``).
        read: Match of the pattern -> what it says; None where its parts do not fit together.
        advice: For a path that does not fit.
        frame_suffix: End of a video's name that tells single images of one recording apart.

        lists: Which images its lists name.
        intra: Whether its folders train and test are a division of its own, which protocol ``'intra'`` takes.
        lines: ``'real_train'``, ``'fake_test'``, ... -> lines of the list of FLIP's release, each once; empty where there is
            none.

        layout: The folders that its archive has, for help texts and errors; several lines.
        scan: What its archive holds; gets the function that lists a folder. None where there is no converter. Raises
            ValueError where nothing of the layout is found.
        faces: How faces are found unless the user says otherwise: ``'mtcnn'``, ``'annotations'`` or ``'none'``.
        annotations: ``'msu'``, ``'replay'``, ``'oulu'``, ``'celeb'``: format of its annotation files; '' where it has none.
        borders: Whether black borders are cut where no face is looked for (the sets of protocol 2).
        official: What the list files that are made of it have in common with the official ones, and what not.
        per_class: How many recordings of each class are converted where the authors' lists do not name them; 0 for all.

        synthetic: Names for the synthetic set: of the folders train and test, or of its only folder; empty where the synthetic
            set does not imitate it.
    """

    domain: str
    stem: str
    name: str
    title: str
    paper: str = ""
    source: str = ""
    tried: bool = True

    frames: str
    pattern: re.Pattern
    read: Callable[[re.Match], NameParts | None]
    advice: str = "see the table of names in docs/real_data.md"
    frame_suffix: re.Pattern = re.compile(r"(?!)")  # none

    lists: ListRule = OWN_FOLDERS
    intra: bool = True
    lines: Mapping[str, int] = field(default_factory=dict)

    layout: str = ""
    scan: Callable[[Walk], Scan] | None = None
    faces: str = "mtcnn"
    annotations: str = ""
    borders: bool = False
    official: str = ""
    per_class: int = 0

    synthetic: tuple[SyntheticFolder, ...] = ()

    def parse(self, path: str) -> FrameName:
        """Read a path.

        Args:
            path: Relative to the folder of frames, with ``/``.

        Raises:
            ValueError: The path does not follow the data set's official names, or is in the folder of the other class.
        """
        if (
            (end := ENDINGS[self.frames].match(path))
            and (m := self.pattern.match(end["video"]))
            and (parts := self.read(m))
            and (parts.attack_type == BONA_FIDE) == (m["cls"] == "real")
        ):
            subject, attack_type, session, device, medium = parts
            return FrameName(end["video"], subject, attack_type, int(end.groupdict().get("frame", 0)), session, device, medium)
        raise self._refusal(path)

    def frames_to_test(self, line: str) -> list[str]:
        """Frames that a test shows for one line of a list: of pairs both, else the line alone.

        Raises:
            ValueError: Lists name frame 0, and this line another one or none.
        """
        if self.frames != "pair":
            return [line]
        if not (end := ENDINGS["pair"].match(line)):
            raise self._refusal(line)
        if int(end["frame"]):
            raise ValueError(f"the line '{line}' names frame {int(end['frame'])}; lists name frame 0 of a video.")
        return [line, f"{end['video']}_frame1.png"]

    def entries_to_test(self, line: str, name: FrameName) -> list[tuple[str, FrameName]]:
        """The same with what the names say, given what the line says."""
        return [(frame, name if frame == line else replace(name, frame=1)) for frame in self.frames_to_test(line)]

    def _refusal(self, path: str) -> ValueError:
        untried = "" if self.tried else " (this domain's rule was not tried on the archive)"
        return ValueError(f"'{path}' is no official name of domain {self.domain}{untried}; {self.advice}.")
