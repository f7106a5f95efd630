# SPDX-License-Identifier: Apache-2.0
"""The samples of a run as columns, which become dicts when they are read."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any, NamedTuple, overload

import numpy as np

from flip_mm.utils.packed_text import BLOCK, PackedText

from .parsed_lines import ENDING, KIND, SESSION, SUBJECT, Numbers, Tables
from .protocols import ADAPT


class Group(NamedTuple):
    """What all samples of one domain, class and role have in common; see :class:`~flip_mm.datasets.FASDataset`."""

    domain: str
    domain_index: int
    gt_label: int
    role: str


class SampleTable(Sequence[dict]):
    """A read-only sequence of samples, 32 bytes each beside the text of the lists.

    Forked data loader processes share its memory, because a sample is no Python object until it is read.

    Args:
        videos: Video of each sample.
        codes: (n, 4) int32 of :class:`~flip_mm.datasets.parsed_lines.ParsedLines`.
        groups: (n,) int32 indices into ``group_table``.
        tables: What the codes mean.
        group_table: Domain, class and role.

    Attributes:
        folder: Samples have ``img_path``, which is this and the path; a dict has one for each domain. None: they have ``file``,
            the path in ``frame/``.
        sums: Samples have ``sha256``, the sum in a manifest; None: they have not.
    """

    def __init__(
        self, videos: PackedText, codes: np.ndarray, groups: np.ndarray, tables: Tables, group_table: Sequence[Group]
    ) -> None:
        self.videos, self.codes, self.groups, self.group_table = videos, codes, groups, list(group_table)
        self.endings, self.kinds = list(tables.endings), list(tables.kinds)
        self.subjects, self.sessions = PackedText.of(tables.subjects), PackedText.of(tables.sessions)
        self.folder: str | Mapping[str, str] | None = None
        self.sums: PackedText | None = None

    @property
    def domains(self) -> list[str]:
        """The domains, in the order of the samples."""
        return list(dict.fromkeys(group.domain for group in self.sizes()))

    def files(self) -> Iterator[str]:
        """Paths inside ``frame/``."""
        endings = [text for text, _ in self.endings]
        return (video + endings[code] for video, code in zip(self.videos, _rows(self.codes[:, ENDING]), strict=True))

    def sizes(self) -> Counter[Group]:
        """Number of samples of each group that has samples, in the order of the samples."""
        counts: Counter[Group] = Counter()
        for group, count in zip(self.group_table, np.bincount(self.groups, minlength=len(self.group_table)), strict=True):
            if count:
                counts[group] += int(count)
        return counts

    def videos_of(self, *keys: str) -> Counter[tuple]:
        """Number of different videos by fields of :class:`Group`.

        Args:
            keys: Names of the fields.

        Returns:
            Values of the fields -> number of videos.
        """
        values = [tuple(getattr(group, key) for key in keys) for group in self.group_table]
        numbers = Numbers()
        of_sample = np.array([numbers[value] for value in values], np.int64)[self.groups]
        # Equal hashes of different videos: once in 40,000 sets of a million videos.
        pairs = np.unique(np.stack([of_sample, self.videos.hashes()], 1), axis=0)
        counts = np.bincount(pairs[:, 0], minlength=len(numbers)).tolist()
        return Counter({value: counts[number] for value, number in numbers.items() if counts[number]})

    def by_folder(self) -> Iterator[tuple[str, SampleTable]]:
        """Return each different ``folder`` with its samples."""
        if isinstance(self.folder, str):
            yield self.folder, self
            return
        for folder in dict.fromkeys(self.folder.values()):
            own = [number for number, group in enumerate(self.group_table) if self.folder.get(group.domain) == folder]
            yield folder, self.take(np.flatnonzero(np.isin(self.groups, own)))

    def take(self, indices: np.ndarray | slice) -> SampleTable:
        """Select samples."""
        other = copy.copy(self)
        other.videos, other.codes, other.groups = self.videos.take(indices), self.codes[indices], self.groups[indices]
        other.sums = None if self.sums is None else self.sums.take(indices)
        return other

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> SampleTable: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | SampleTable:
        if isinstance(index, slice):
            return self.take(index)
        digest = None if self.sums is None else self.sums[index]
        return self._sample(self.videos[index], self.codes[index].tolist(), self.groups[index], digest)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        sums = repeat(None) if self.sums is None else self.sums
        return map(self._sample, self.videos, _rows(self.codes), _rows(self.groups), sums)

    def __deepcopy__(self, memo: dict) -> SampleTable:
        """Return itself: nothing changes it."""
        return self

    def _sample(self, video: str, codes: list[int], group: int, digest: str | None) -> dict[str, Any]:
        """Make a sample; one that trains without its label does not have what reveals the label."""
        ending, frame = self.endings[codes[ENDING]]
        attack_type, device, medium = self.kinds[codes[KIND]]
        domain, domain_index, gt_label, role = self.group_table[group]
        hidden = role == ADAPT
        sample = dict(
            gt_label=gt_label,
            domain=domain,
            domain_index=domain_index,
            video_id=video,
            subject=self.subjects[codes[SUBJECT]],
            session="" if hidden else self.sessions[codes[SESSION]],
            device=device,
            attack_type="" if hidden else attack_type,
            medium="" if hidden else medium,
            frame=frame,
            role=role,
        )
        if self.folder is None:
            return dict(file=video + ending) | sample
        sample["img_path"] = (self.folder if isinstance(self.folder, str) else self.folder[domain]) + video + ending
        if digest is not None:
            sample["sha256"] = digest
        return sample


def _rows(column: np.ndarray) -> Iterator[Any]:
    """Rows of an array as Python integers or lists of them."""
    return chain.from_iterable(column[first : first + BLOCK].tolist() for first in range(0, len(column), BLOCK))
