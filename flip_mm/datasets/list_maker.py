# SPDX-License-Identifier: Apache-2.0
"""Make the list files of a data set from its images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flip_mm.labels import LIST_WORDS
from flip_mm.utils.stable_order import hash_order

from .data_set import DataSet
from .lists import Entry, list_name
from .sets import DATA_SETS


def make_lists(domain: str, files: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Make the lists for training, test and shots, by the list rule of the data set.

    Lists of videos name frame 0, if frame 1 exists too. Shots are drawn from the test images, one per video, and removed
    from the test list. There are as many shots as the rule says, but at most a fifth of the test images.

    Args:
        domain: A key of :data:`~flip_mm.datasets.sets.DATA_SETS`.
        files: ``'real'`` and ``'spoof'`` -> paths of the existing images inside ``frame/``, in any order.

    Returns:
        Name of a list file -> its lines, sorted (shots: in the order of drawing). The same images always give the same
        lists. Empty lists are left out.

    Raises:
        ValueError: A path is no official name of the domain, or belongs to the other class.

    Example:
        >>> videos = [f"oulu/test/real/1_1_{user}_1" for user in range(36, 46)]
        >>> lists = make_lists("O", {"real": [f"{video}_frame{k}.png" for video in videos for k in (0, 1)], "spoof": []})
        >>> {name: len(lines) for name, lines in lists.items()}
        {'oulu_real_train.txt': 10, 'oulu_real_test.txt': 8, 'oulu_real_shot.txt': 2}
    """
    data_set = DATA_SETS[domain]
    entries = {name: _entries(data_set, name, sorted(set(files[name]))) for name in LIST_WORDS}
    videos = {entry.line: entry.name.video_id for of_class in entries.values() for entry in of_class}
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
            raise ValueError(f"'{path}' is given as {name}, but its name says {parsed.label}.")
    if data_set.frames != "pair":
        return entries
    present = set(paths)
    return [entry for entry in entries if entry.name.frame == 0 and present.issuperset(data_set.frames_to_test(entry.line))]


def _draw_shots(lines: list[str], videos: Mapping[str, str], shots: int) -> list[str]:
    """Draw lines of different videos, in an order that depends only on their names."""
    drawn: dict[str, str] = {}
    for line in sorted(lines, key=hash_order):
        if len(drawn) == min(shots, len(lines) // 5):
            break
        drawn.setdefault(videos[line], line)
    return list(drawn.values())
