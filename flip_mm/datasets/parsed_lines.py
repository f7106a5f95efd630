# SPDX-License-Identifier: Apache-2.0
"""The lines of lists and what their names say, as columns: fast and small for millions of lines."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from flip_mm.labels import BONA_FIDE
from flip_mm.utils.packed_text import PackedText

from .lists import Entry, list_lines, read_entry_of
from .sets import DATA_SETS

SECOND_FRAME = "_frame1.png"
# Columns of codes.
ENDING, SUBJECT, SESSION, KIND = range(4)


class Numbers(dict):
    """Value -> its number, in the order in which the values are first looked up."""

    def __missing__(self, value: object) -> int:
        number = self[value] = len(self)
        return number


@dataclass(frozen=True)
class Tables:
    """Values that many lines share -> their codes.

    Attributes:
        endings: (ending of the path after the video, number of the frame).
        subjects: Person.
        sessions: Recording session.
        kinds: (attack type, device, medium).
    """

    endings: Numbers = field(default_factory=Numbers)
    subjects: Numbers = field(default_factory=Numbers)
    sessions: Numbers = field(default_factory=Numbers)
    kinds: Numbers = field(default_factory=Numbers)


@dataclass(frozen=True)
class ParsedLines:
    """Lines of a list.

    Attributes:
        videos: Names of the videos, with which the lines begin.
        codes: (n, 4) int32, columns ``ENDING``, ``SUBJECT``, ``SESSION`` and ``KIND``: codes of :class:`Tables`.
    """

    videos: PackedText
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.videos)

    def take(self, indices: np.ndarray | slice) -> ParsedLines:
        """Select lines by indices, a mask or a slice."""
        return ParsedLines(self.videos.take(indices), self.codes[indices])

    @classmethod
    def concat(cls, parts: list[ParsedLines]) -> ParsedLines:
        """Join lines whose codes are of the same tables."""
        codes = [np.empty((0, 4), np.int32), *(part.codes for part in parts)]
        return cls(PackedText.concat([part.videos for part in parts]), np.concatenate(codes))

    def lines(self, tables: Tables) -> Iterator[str]:
        """The lines."""
        endings = [text for text, _ in tables.endings]
        return (video + endings[code] for video, code in zip(self.videos, self.codes[:, ENDING].tolist(), strict=True))

    def with_second_frames(self, domain: str, tables: Tables) -> ParsedLines:
        """The lines of a list, each followed by the other frame of the video that is tested, if there is one."""
        if DATA_SETS[domain].frames != "pair":
            return self
        both = self.take(np.repeat(np.arange(len(self)), 2))
        both.codes[1::2, ENDING] = tables.endings[SECOND_FRAME, 1]
        return both


def parse_list(path: Path, domain: str, name: str, tables: Tables) -> ParsedLines:
    """Read and parse a list.

    Args:
        path: The list.
        domain: A key of ``DATA_SETS``.
        name: Class of the list, ``'real'`` or ``'spoof'``.
        tables: New values are added.

    Returns:
        Its unique lines in their order.

    Raises:
        ValueError: See :func:`~flip_mm.datasets.lists.read_entries`.
    """
    lines = list_lines(path)
    data_set = DATA_SETS[domain]
    split_name, is_pair, is_real = data_set.split_name, data_set.frames == "pair", name == "real"
    endings, subjects, sessions, kinds = tables.endings, tables.subjects, tables.sessions, tables.kinds
    sizes, codes = array("i"), array("i")
    for line in lines:
        try:
            video, frame, (subject, attack_type, session, device, medium) = split_name(line)
            fits = not (is_pair and frame) and (attack_type == BONA_FIDE) == is_real
        except ValueError:
            fits = False
        if not fits:
            read_entry_of(path, domain, name, line)  # raises the error, which names the list
        size = len(video)
        sizes.append(size)
        codes.extend((endings[line[size:], frame], subjects[subject], sessions[session], kinds[attack_type, device, medium]))
    if not lines.data.isascii():  # characters -> bytes
        sizes = array("i", (len(line[:size].encode()) for line, size in zip(lines, sizes, strict=True)))
    videos = PackedText(lines.data, lines.starts, np.frombuffer(sizes, np.int32))
    return ParsedLines(videos, np.frombuffer(codes, np.int32).reshape(-1, 4))


def pack_entries(entries: Iterable[Entry], tables: Tables) -> ParsedLines:
    """Pack lines that were parsed one by one."""
    entries = list(entries)
    codes = [
        (
            tables.endings[line[len(name.video_id) :], name.frame],
            tables.subjects[name.subject],
            tables.sessions[name.session],
            tables.kinds[name.attack_type, name.device, name.medium],
        )
        for line, name in entries
    ]
    return ParsedLines(PackedText.of(name.video_id for _, name in entries), np.array(codes, np.int32).reshape(-1, 4))
