# SPDX-License-Identifier: Apache-2.0
"""Lists of a data set of one's own, and the lines that make it known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flip_mm.datasets.archive import Recording
from flip_mm.datasets.naming import FRAME, original_split
from flip_mm.labels import LIST_WORDS
from flip_mm.utils.stable_order import lot


def make_generic_lists(stem: str, files: Mapping[str, Iterable[str]], shots: int = 0) -> dict[str, list[str]]:
    """Name the images that train and test.

    Where images lie in a folder ``test``, those of the folder ``train`` train and those of the folder ``test`` test. Where
    none does, all train and all test: the domain as a whole is a source or the target, as M, C, I and O are. Of videos, lists
    name frame 0, of those whose frame 1 is there as well.

    Args:
        stem: Of the domain, in front of the lists' names.
        files: ``'real'`` and ``'spoof'`` -> paths inside ``frame/`` of the images that are there, in any order.
        shots: Lines per class that go into ``*_shot.txt`` and are not tested; chosen by the lines alone.

    Returns:
        Name of a list file -> its lines, sorted, shots in the order in which they are drawn. A list without lines is left out.

    Raises:
        ValueError: A class has no more images to test than shots.

    Example:
        >>> files = {"real": ["mine/train/real/a/bonafide/1.jpg"], "spoof": ["mine/train/fake/a/print/1.jpg"]}
        >>> sorted(make_generic_lists("mine", files))
        ['mine_fake_test.txt', 'mine_fake_train.txt', 'mine_real_test.txt', 'mine_real_train.txt']
    """
    lines = {name: _lines(set(files[name])) for name in LIST_WORDS}
    divided = any(original_split(line) == "test" for own in lines.values() for line in own)
    lists = {}
    for name, word in LIST_WORDS.items():
        train, tested = (
            [line for line in lines[name] if not divided or original_split(line) == split] for split in ("train", "test")
        )
        drawn = sorted(tested, key=lot)[:shots]
        if drawn and len(tested) <= shots:
            raise ValueError(f"shots={shots} leaves no {name} images of '{stem}' to test: there are {len(tested)}.")
        kinds = {"train": train, "test": sorted({*tested} - {*drawn}), "shot": drawn}
        lists |= {f"{stem}_{word}_{kind}.txt": own for kind, own in kinds.items() if own}
    return lists


def _lines(paths: set[str]) -> list[str]:
    """Of the images of one class: frame 0 of every whole pair, every single image."""
    lines = []
    for path in sorted(paths):
        if m := FRAME.match(path):
            if m["frame"] == "0" and f"{m['video']}_frame1.png" in paths:
                lines.append(path)
        else:
            lines.append(path)
    return lines


def domains_of(recordings: Iterable[Recording]) -> list[tuple[str, str, str]]:
    """Name, stem and kind of frames of each data set: arguments of :func:`~flip_mm.datasets.register_domain`.

    Example:
        >>> domains_of([Recording("MINE", "a.mp4", "mine/train/real/-/bonafide/a", "video", "pair")])
        [('MINE', 'mine', 'pair')]
    """
    return list(dict.fromkeys((r.domain, r.stem.split("/")[0], r.selection) for r in recordings))


def registration(recordings: Iterable[Recording]) -> str:
    """Python lines that make the data sets of recordings known.

    Example:
        >>> print(registration([Recording("MINE", "a.mp4", "mine/train/real/-/bonafide/a", "video", "pair")]))
        from flip_mm.datasets import register_domain
        <BLANKLINE>
        register_domain("MINE", stem="mine", frames="pair")
    """
    lines = [f'register_domain("{name}", stem="{stem}", frames="{frames}")' for name, stem, frames in domains_of(recordings)]
    return "\n".join(["from flip_mm.datasets import register_domain", "", *lines])
