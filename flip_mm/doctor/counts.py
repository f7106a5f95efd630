# SPDX-License-Identifier: Apache-2.0
"""How much there is of each domain and class, by the lists and by the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from flip_mm.datasets.lists import LIST_KINDS
from flip_mm.datasets.naming import FrameName, original_split
from flip_mm.datasets.protocols import DOMAINS, TESTED
from flip_mm.labels import LIST_WORDS

from .coverage import Lists
from .frame_names import ImageName
from .list_files import ListKey


@dataclass
class Count:
    """One class of a domain.

    Attributes:
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.
        name: ``'real'`` or ``'spoof'``.
        lines: ``'train'``, ``'test'``, ``'shot'`` -> good lines of the list, each once.
        listed_videos: Videos that the lists of training and test name.
        images: Files on disk.
        split: ``'train'``, ``'test'`` -> files in that folder; empty where the data set has no such folders.
        videos: Videos on disk.
        subjects: On disk, as far as names tell.
        attack_types: Attack type -> videos on disk.
    """

    domain: str
    name: str
    lines: dict[str, int]
    listed_videos: int = 0
    images: int = 0
    split: dict[str, int] = field(default_factory=dict)
    videos: int = 0
    subjects: int = 0
    attack_types: dict[str, int] = field(default_factory=dict)


def count(lists: Lists, names: Mapping[str, ImageName]) -> list[Count]:
    """Count.

    Args:
        lists: Of the data root.
        names: Path of every image on disk -> what is known of it.

    Returns:
        Two entries for each domain that has lists or images.
    """
    groups: dict[tuple[str, str], list[tuple[str, FrameName | None]]] = {}
    for path, (domain, name, told) in names.items():
        groups.setdefault((domain, name), []).append((path, told))
    here = {key.domain for key in lists} | {domain for domain, _ in groups}
    return [
        _count(domain, name, lists, groups.get((domain, name), []))
        for domain in DOMAINS
        if domain in here
        for name in LIST_WORDS
    ]


def _count(domain: str, name: str, lists: Lists, images: list[tuple[str, FrameName | None]]) -> Count:
    own = {kind: lists.get(ListKey(domain, name, kind)) for kind in LIST_KINDS}
    listed = {told.video_id for kind in ("train", "test") if own[kind] for told in own[kind].lines.values()}
    known = [told for _, told in images if told]
    videos = {told.video_id: told.attack_type for told in known}
    divided = domain in TESTED
    return Count(
        domain,
        name,
        lines={kind: len(found.lines) if found else 0 for kind, found in own.items()},
        listed_videos=len(listed),
        images=len(images),
        split=dict(Counter(original_split(path) for path, told in images if told)) if divided else {},
        videos=len(videos),
        subjects=len({told.subject for told in known if told.subject}),
        attack_types=dict(sorted(Counter(videos.values()).items())),
    )
