# SPDX-License-Identifier: Apache-2.0
"""Read the authors' lists of a data set, and compare them with the converted images."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flip_mm.datasets.lists import LIST_KINDS, list_name, read_entries
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.labels import LIST_WORDS
from flip_mm.utils.text import first_few

# Subfolders of --lists that may contain the authors' lists.
FOLDERS = (".", "txt", "MCIO", "WCS", "MCIO/txt", "WCS/txt")


@dataclass(frozen=True)
class OfficialLists:
    """The authors' lists of one domain.

    Attributes:
        domain: A key of :data:`~flip_mm.datasets.sets.DATA_SETS`.
        folder: Folder of the lists.
        lists: Name of a list file -> its lines.
    """

    domain: str
    folder: Path
    lists: Mapping[str, list[str]]

    def outputs(self) -> set[str]:
        """Paths inside ``frame/`` of all images that the lists need: those that are tested for each of their lines."""
        return {
            frame for lines in self.lists.values() for line in lines for frame in DATA_SETS[self.domain].frames_to_test(line)
        }


def read_official_lists(folder: Path, domain: str) -> OfficialLists:
    """Read the authors' lists of a domain.

    Args:
        folder: Folder with the lists, directly or in ``txt``, ``MCIO``, ``WCS``, as in the release.
        domain: A key of :data:`~flip_mm.datasets.sets.DATA_SETS`.

    Raises:
        ValueError: There are no lists, a training list is missing, two folders have different lists, or a line is no official
            name of its class.
    """
    stem, first = DATA_SETS[domain].stem, list_name(domain, "real", "train")
    found = [folder / sub for sub in FOLDERS if (folder / sub / first).is_file()]
    if not found:
        raise ValueError(
            f"'{folder}' has no {first}, directly or in {', '.join(FOLDERS[1:])}. "
            "Use the folder with the lists of FLIP's release."
        )
    sets = [_read_lists(path, domain) for path in found]
    if any(lists != sets[0] for lists in sets[1:]):
        raise ValueError(
            f"The lists of {stem} in {' and '.join(repr(str(path)) for path in found)} differ; use one of these folders."
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
            lists[path.name] = [entry.line for entry in read_entries(path, domain, name)]
    return lists


@dataclass(frozen=True)
class Difference:
    """Difference between our images and those in the authors' lists.

    Attributes:
        missing: Sorted paths that only the authors' lists name.
        extra: Sorted paths that only we have.
    """

    missing: list[str]
    extra: list[str]

    def __str__(self) -> str:
        """Counts and examples for the user.

        Example:
            >>> print(compare_images({"a.png", "c.png"}, {"a.png", "b.png"}))
            1 image of the authors' lists is missing (b.png); 1 image is not in their lists (c.png).
        """
        if not self.missing and not self.extra:
            return "The images are the same as in the authors' lists."
        parts = []
        if self.missing:
            parts.append(
                f"{_count(self.missing)} of the authors' lists {_be(self.missing)} missing ({first_few(self.missing, 3)})"
            )
        if self.extra:
            parts.append(f"{_count(self.extra)} {_be(self.extra)} not in their lists ({first_few(self.extra, 3)})")
        return "; ".join(parts) + "."


def compare_images(planned: Iterable[str], official: Iterable[str]) -> Difference:
    """Compare our images with those that the authors' lists name."""
    ours, theirs = set(planned), set(official)
    return Difference(sorted(theirs - ours), sorted(ours - theirs))


def _count(paths: Collection[str]) -> str:
    return f"{len(paths)} image{'s' if len(paths) > 1 else ''}"


def _be(paths: Collection[str]) -> str:
    return "are" if len(paths) > 1 else "is"
