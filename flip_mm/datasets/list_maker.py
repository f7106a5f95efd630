# SPDX-License-Identifier: Apache-2.0
"""List files for converted images, by the rules that the authors' lists follow, and those lists where a user has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flip_mm.datasets.lists import LIST_KINDS, list_name, read_list
from flip_mm.datasets.naming import frames_to_test, original_split, parse_name
from flip_mm.datasets.protocols import DOMAINS, LAYOUTS
from flip_mm.labels import LIST_WORDS
from flip_mm.preparation.generic_registration import make_generic_lists
from flip_mm.utils.stable_order import lot

SHOTS = 10
# Domains that the authors have lists of.
PUBLISHED = frozenset(domain for layout in LAYOUTS.values() for domain in layout)
# Where the authors' lists may lie in a user's folder.
FOLDERS = (".", "txt", "MCIO", "WCS", "MCIO/txt", "WCS/txt")
# Domains whose lists name frame 0 of a video; a test adds frame 1.
PAIRED = tuple(domain for domain in LAYOUTS["MCIO"] if domain != "CelebA")


def make_lists(domain: str, files: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Name the images that train and test.

    M, C, I, O: frame 0 of each video whose frame 1 is there as well; all videos train, all but the shots test. W: the train
    folder trains, the test folder but for the shots tests. CeFA, S: all images train, those of the test folder but for the
    shots test. CelebA: all images train. Shots are ten images per class, a fifth of them where that is less, of as many videos.
    Other domains: :func:`~flip_mm.preparation.generic_registration.make_generic_lists`.

    Args:
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.
        files: ``'real'`` and ``'spoof'`` -> paths inside ``frame/`` of the images that are there, in any order.

    Returns:
        Name of a list file -> its lines, the same for the same images: sorted, shots in the order in which
        they are drawn. A list without lines is left away.

    Raises:
        ValueError: A path is no official name of the domain, or of the other class.

    Example:
        >>> videos = [f"oulu/test/real/1_1_{user}_1" for user in range(36, 46)]
        >>> lists = make_lists("O", {"real": [f"{video}_frame{k}.png" for video in videos for k in (0, 1)], "spoof": []})
        >>> {name: len(lines) for name, lines in lists.items()}
        {'oulu_real_train.txt': 10, 'oulu_real_test.txt': 8, 'oulu_real_shot.txt': 2}
    """
    if domain not in PUBLISHED:
        return make_generic_lists(DOMAINS[domain], files)
    lists = {}
    for name in LIST_WORDS:
        lines = _lines(domain, name, sorted(set(files[name])))
        kinds = {"train": lines}
        if domain == "W":
            kinds = {"train": [line for line in lines if original_split(line) == "train"]}
        if domain != "CelebA":
            tested = lines if domain in PAIRED else [line for line in lines if original_split(line) == "test"]
            shots = _draw_shots(domain, tested)
            kinds |= {"test": sorted(set(tested) - set(shots)), "shot": shots}
        lists |= {list_name(domain, name, kind): own for kind, own in kinds.items() if own}
    return lists


def _lines(domain: str, name: str, paths: list[str]) -> list[str]:
    for path in paths:
        if parse_name(domain, path).label != name:
            raise ValueError(f"'{path}' is given as {name}, which its name contradicts.")
    if domain not in PAIRED:
        return paths
    there = set(paths)
    lines = [path for path in paths if path.endswith("_frame0.png")]
    return [line for line in lines if there.issuperset(frames_to_test(domain, line))]


def _draw_shots(domain: str, lines: list[str]) -> list[str]:
    """Lines of different videos, in an order that their names alone decide."""
    shots: dict[str, str] = {}
    for line in sorted(lines, key=lot):
        if len(shots) == min(SHOTS, len(lines) // 5):
            break
        shots.setdefault(parse_name(domain, line).video_id, line)
    return list(shots.values())


@dataclass(frozen=True)
class OfficialLists:
    """The authors' lists of one domain.

    Attributes:
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.
        folder: Where they lie.
        lists: Name of a list file -> its lines.
    """

    domain: str
    folder: Path
    lists: Mapping[str, list[str]]

    def outputs(self) -> set[str]:
        """Paths inside ``frame/`` of all images that they need: for M, C, I, O frame 1 beside each frame 0."""
        return {frame for lines in self.lists.values() for line in lines for frame in frames_to_test(self.domain, line)}


def use_official(folder: Path, domain: str) -> OfficialLists:
    """Read the authors' lists of a domain.

    Args:
        folder: Has the lists in it, or in one of its folders ``txt``, ``MCIO``, ``WCS``, as the release has them.
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.

    Raises:
        ValueError: There are none, one of the two training lists is missing, two folders have different ones, or a line is no
            official name of its class.
    """
    stem, first = DOMAINS[domain], list_name(domain, "real", "train")
    found = [folder / sub for sub in FOLDERS if (folder / sub / first).is_file()]
    if not found:
        raise ValueError(
            f"'{folder}' has no {first}, nor have its folders {', '.join(FOLDERS[1:])}. "
            "Name the folder of the lists of FLIP's release."
        )
    sets = [_read_lists(place, domain) for place in found]
    if any(lists != sets[0] for lists in sets[1:]):
        raise ValueError(
            f"The lists of {stem} in {' and '.join(repr(str(place)) for place in found)} differ; name one of these folders."
        )
    return OfficialLists(domain, found[0], sets[0])


def _read_lists(folder: Path, domain: str) -> dict[str, list[str]]:
    lists = {}
    for name in LIST_WORDS:
        for kind in LIST_KINDS:
            path = folder / list_name(domain, name, kind)
            if not path.is_file() and kind != "train":
                continue
            if not path.is_file():
                raise ValueError(f"'{path}' is missing; the lists of a domain come in pairs, real and fake.")
            lines = read_list(path)
            for line in lines:
                if parse_name(domain, line).label != name:
                    raise ValueError(f"'{path}': the line '{line}' is of the other class.")
            lists[path.name] = lines
    return lists


@dataclass(frozen=True)
class Difference:
    """What two sets of images have not in common.

    Attributes:
        missing: Paths that the authors' lists name and we have not, sorted.
        extra: Paths that we have and they do not name, sorted.
    """

    missing: list[str]
    extra: list[str]

    def __str__(self) -> str:
        """Counts and examples for the user.

        Example:
            >>> print(compare({"a.png", "c.png"}, {"a.png", "b.png"}))
            1 image of the authors' lists is not there (b.png); 1 image is not in their lists (c.png).
        """
        if not self.missing and not self.extra:
            return "The images are those of the authors' lists."
        parts = []
        if self.missing:
            parts.append(f"{_count(self.missing)} of the authors' lists {_be(self.missing)} not there ({_show(self.missing)})")
        if self.extra:
            parts.append(f"{_count(self.extra)} {_be(self.extra)} not in their lists ({_show(self.extra)})")
        return "; ".join(parts) + "."


def compare(planned: Iterable[str], official: Iterable[str]) -> Difference:
    """Set our images beside those that the authors' lists name."""
    ours, theirs = set(planned), set(official)
    return Difference(sorted(theirs - ours), sorted(ours - theirs))


def _count(paths: Collection[str]) -> str:
    return f"{len(paths)} image{'s' if len(paths) > 1 else ''}"


def _be(paths: Collection[str]) -> str:
    return "are" if len(paths) > 1 else "is"


def _show(paths: list[str]) -> str:
    return ", ".join(paths[:3]) + (", ..." if len(paths) > 3 else "")
