# SPDX-License-Identifier: Apache-2.0
"""Count lines, images, videos and subjects of each domain and class."""

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
    """Counts of one class of a domain.

    Attributes:
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.
        name: ``'real'`` or ``'spoof'``.
        lines: ``'train'``, ``'test'``, ``'shot'`` -> unique valid lines of the list.
        listed_videos: Videos in the training and test lists.
        images: Image files on disk.
        split: ``'train'``, ``'test'`` -> files in that folder; empty if the data set has no such folders.
        videos: Videos on disk.
        subjects: Known subjects on disk.
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


def count_images(lists: Lists, names: Mapping[str, ImageName]) -> list[Count]:
    """Count lines, images, videos and subjects.

    Args:
        lists: Lists of the data root.
        names: Path of every image on disk -> its name.

    Returns:
        Two entries for each domain that has lists or images.
    """
    groups: dict[tuple[str, str], list[tuple[str, FrameName | None]]] = {}
    for path, (domain, name, parsed) in names.items():
        groups.setdefault((domain, name), []).append((path, parsed))
    present = {key.domain for key in lists} | {domain for domain, _ in groups}
    return [
        _count(domain, name, lists, groups.get((domain, name), []))
        for domain in DOMAINS
        if domain in present
        for name in LIST_WORDS
    ]


def _count(domain: str, name: str, lists: Lists, images: list[tuple[str, FrameName | None]]) -> Count:
    by_kind = {kind: lists.get(ListKey(domain, name, kind)) for kind in LIST_KINDS}
    listed = {parsed.video_id for kind in ("train", "test") if by_kind[kind] for parsed in by_kind[kind].lines.values()}
    official = [parsed for _, parsed in images if parsed]
    videos = {parsed.video_id: parsed.attack_type for parsed in official}
    return Count(
        domain,
        name,
        lines={kind: len(list_file.lines) if list_file else 0 for kind, list_file in by_kind.items()},
        listed_videos=len(listed),
        images=len(images),
        split=dict(Counter(original_split(path) for path, parsed in images if parsed)) if domain in TESTED else {},
        videos=len(videos),
        subjects=len({parsed.subject for parsed in official if parsed.subject}),
        attack_types=dict(sorted(Counter(videos.values()).items())),
    )
