# SPDX-License-Identifier: Apache-2.0
"""Lists of a data set, made of the images that are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flip_mm.labels import LIST_WORDS
from flip_mm.utils.stable_order import hash_order

from .data_set import DataSet
from .lists import Entry, list_name
from .sets import DATA_SETS


def make_lists(domain: str, files: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Name the images that train and are tested, by the list rule of the data set.

    Of videos, lists name frame 0 of those whose frame 1 is there as well. Shots are drawn out of the images that are tested,
    one of each video, and are not tested then; a fifth of the images where that is less than the rule says.

    Args:
        domain: A key of :data:`~flip_mm.datasets.sets.DATA_SETS`.
        files: ``'real'`` and ``'spoof'`` -> paths inside ``frame/`` of the images that are there, in any order.

    Returns:
        Name of a list file -> its lines, the same for the same images: sorted, shots in the order in which
        they are drawn. A list without lines is left out.

    Raises:
        ValueError: A path is no official name of the domain, or of the other class.

    Example:
        >>> videos = [f"oulu/test/real/1_1_{user}_1" for user in range(36, 46)]
        >>> lists = make_lists("O", {"real": [f"{video}_frame{k}.png" for video in videos for k in (0, 1)], "spoof": []})
        >>> {name: len(lines) for name, lines in lists.items()}
        {'oulu_real_train.txt': 10, 'oulu_real_test.txt': 8, 'oulu_real_shot.txt': 2}
    """
    data_set = DATA_SETS[domain]
    entries = {name: _entries(data_set, name, sorted(set(files[name]))) for name in LIST_WORDS}
    videos = {entry.line: entry.name.video_id for own in entries.values() for entry in own}
    lists = {}
    for name, (train, tested) in data_set.lists.divide({k: [entry.line for entry in v] for k, v in entries.items()}).items():
        shots = _draw_shots(tested, videos, data_set.lists.shots)
        kinds = {"train": train, "test": sorted({*tested} - {*shots}), "shot": shots}
        lists |= {list_name(domain, name, kind): lines for kind, lines in kinds.items() if lines}
    return lists


def _entries(data_set: DataSet, name: str, paths: list[str]) -> list[Entry]:
    entries = [Entry(path, data_set.parse(path)) for path in paths]
    for path, parsed in entries:
        if parsed.label != name:
            raise ValueError(f"'{path}' is given as {name}, which its name contradicts.")
    if data_set.frames != "pair":
        return entries
    there = set(paths)
    return [own for own in entries if own.name.frame == 0 and there.issuperset(data_set.frames_to_test(own.line))]


def _draw_shots(lines: list[str], videos: Mapping[str, str], shots: int) -> list[str]:
    """Lines of different videos, in an order that their names alone decide."""
    drawn: dict[str, str] = {}
    for line in sorted(lines, key=hash_order):
        if len(drawn) == min(shots, len(lines) // 5):
            break
        drawn.setdefault(videos[line], line)
    return list(drawn.values())
