# SPDX-License-Identifier: Apache-2.0
"""Description of a data set: names, lists, archive layout. Each file in ``sets/`` defines one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from flip_mm.labels import BONA_FIDE

from .archive import Scan, Walk
from .frame_name import ENDINGS, FrameName, NameParts
from .list_rule import TRAIN_TEST_FOLDERS, ListRule


class SyntheticFolder(NamedTuple):
    """File names that the synthetic set uses in one folder of a data set.

    Attributes:
        names: Function from ``real`` (bool) to (kind of video, its name). In a name, ``{s}`` is the number of the person,
            ``{g}`` a group 1 to 3 of the person, ``{n}`` a serial number and ``{k}`` its hundreds.
        endings: File name endings of the frames of a video.
    """

    names: Callable[[bool], list[tuple[str, str]]]
    endings: tuple[str, ...] = ("_frame0.png", "_frame1.png")


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set.

    Attributes:
        domain: Its name in protocols, e.g. ``'O'``.
        stem: Folder of its images inside ``frame/``, and prefix of its list files, e.g. ``'oulu'``.
        name: Name of its converter, e.g. ``'oulu_npu'``.
        title: Its usual name, e.g. ``'OULU-NPU'``.
        paper: Authors and publication.
        source: Page where it is requested.
        tried: Whether the rules were checked against the official lists; False if they only follow public descriptions and
            code.

        frames: A key of :data:`~flip_mm.datasets.frame_name.ENDINGS`: how names of its images end, and which of them lists
            name. ``selection`` of its recordings must write these endings, see
            :class:`~flip_mm.datasets.archive.Recording`.
        pattern: Pattern of a path without its ending, with the group ``cls`` (``'real'`` or ``'fake'``).
        read: Function from a match of the pattern to its parts; returns None if they contradict each other.
        advice: What to do about a path that does not match, for error messages.
        frame_suffix: Pattern at the end of a video's name that differs between single images of one recording.

        lists: Which images its lists name.
        intra: Whether its folders train and test are the original split, so that protocol ``'intra'`` can use it.
        lines: ``'real_train'``, ``'fake_test'``, ... -> number of unique lines of the list in FLIP's release; empty if
            there is no such list.

        layout: Folder tree of its archive, for help texts and errors; several lines.
        scan: Function that returns the content of its archive; its argument is the function that lists a folder. Raises
            ValueError if the archive has another layout. None if there is no converter.
        faces: Default method to find faces: ``'mtcnn'``, ``'annotations'`` or ``'none'``.
        annotations: ``'msu'``, ``'replay'``, ``'oulu'``, ``'celeb'``: format of its annotation files; '' if it has none.
        borders: Whether black borders are removed if faces are not detected (the sets of protocol 2).
        official: How the lists that we make differ from the official ones, as text.
        per_class: Number of recordings per class that are converted without the authors' lists; 0 for all.

        synthetic: Names for the synthetic set: for the folders train and test, or for the only folder; empty if the
            synthetic set does not imitate this data set.
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

    lists: ListRule = TRAIN_TEST_FOLDERS
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
        """Parse a path.

        Args:
            path: Path relative to ``frame/``, with ``/``.

        Raises:
            ValueError: The path is no official name of the data set, or is in the folder of the other class.
        """
        video, frame, (subject, attack_type, session, device, medium) = self.split_name(path)
        return FrameName(video, subject, attack_type, frame, session, device, medium)

    def split_name(self, path: str) -> tuple[str, int, NameParts]:
        """Parse a path: its video, the number of its frame, and what its name says.

        Raises:
            ValueError: See :meth:`parse`.
        """
        end = ENDINGS[self.frames].match(path)
        m = end and self.pattern.match(end["video"])
        parts = m and self.read(m)
        if not parts:
            raise self._name_error(path)
        if (parts[1] == BONA_FIDE) != (m["cls"] == "real"):
            raise self._name_error(path, f": the rule says attack type '{parts[1]}', but the file is in {m['cls']}/")
        return end["video"], int(end["frame"]) if end.re.groups > 1 else 0, parts

    def frames_to_test(self, line: str) -> list[str]:
        """Frames that are tested for one line of a list.

        Args:
            line: Line of the list.

        Returns:
            Frames 0 and 1 of the video if the record says ``frames='pair'``: then lists name frame 0 of every video.
            Otherwise only the line.

        Raises:
            ValueError: Lists of this data set name frame 0, but this line does not.
        """
        if self.frames != "pair":
            return [line]
        if not (end := ENDINGS["pair"].match(line)):
            raise self._name_error(line)
        if int(end["frame"]):
            raise ValueError(f"the line '{line}' names frame {int(end['frame'])}; lists name frame 0 of a video.")
        return [line, f"{end['video']}_frame1.png"]

    def _name_error(self, path: str, contradiction: str = "") -> ValueError:
        untried = "" if self.tried else " (the rule of this domain was not tested on the archive)"
        return ValueError(f"'{path}' is no official name of domain {self.domain}{untried}{contradiction}; {self.advice}.")
