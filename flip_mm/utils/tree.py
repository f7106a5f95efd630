# SPDX-License-Identifier: Apache-2.0
"""All that lies under a folder, fast enough for a million files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple


class Kind(Enum):
    """What lies at a path, links followed."""

    FILE = auto()
    FOLDER = auto()
    SPECIAL = auto()  # a pipe, a device, a socket
    BROKEN = auto()  # a link that leads nowhere or to itself
    UNREADABLE = auto()  # a folder that cannot be listed
    LOOP = auto()  # a link to a folder that is listed already


class Entry(NamedTuple):
    """Something under a folder.

    Attributes:
        path: Relative to that folder, with ``/``; '' is the folder itself, which comes only where it cannot be listed.
        kind: What it is.
        is_link: Whether the last part of the path is a symbolic link.
        reason: What the system says of a broken or unreadable one; '' for a link that leads nowhere.
    """

    path: str
    kind: Kind
    is_link: bool = False
    reason: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def _every(entry: Entry) -> bool:
    return True


def walk_tree(
    root: Path, enter: Callable[[Entry], bool] = _every, follow_links: bool = True, once: bool = False
) -> Iterator[Entry]:
    """List what lies under a folder. Nothing is raised: what cannot be read is an entry that says why.

    Args:
        root: The folder.
        enter: Whether a folder is entered; it is listed in either case.
        follow_links: Whether links to folders are entered. Real folders come first, so that it is the link that counts as
            the second way to a folder.
        once: Whether a folder is entered once only, however many links lead to it; else only links to a folder that they
            lie in are not entered.

    Yields:
        Entries of one folder sorted by name, a folder before what it holds.
    """
    seen: set[tuple[int, int]] = set()
    # Path, whether it is a link, and the folders that it lies in.
    folders: list[tuple[str, bool, frozenset[tuple[int, int]]]] = [("", False, frozenset())]
    links: list[tuple[str, bool, frozenset[tuple[int, int]]]] = []
    while folders or links:
        folder, is_link, above = (folders or links).pop()
        try:
            status = os.stat(os.path.join(root, folder))
            identity = (status.st_dev, status.st_ino)
            if identity in (seen if once else above):
                yield Entry(folder, Kind.LOOP, is_link)
                continue
            seen.add(identity)
            with os.scandir(os.path.join(root, folder)) as listing:
                found = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield Entry(folder, Kind.UNREADABLE, is_link, error.strerror or str(error))
            continue
        for item in found:
            entry = _entry(item, f"{folder}/{item.name}" if folder else item.name)
            yield entry
            if entry.kind is Kind.FOLDER and enter(entry) and (follow_links or not entry.is_link):
                (links if entry.is_link else folders).append((entry.path, entry.is_link, above | {identity}))


def _entry(item: os.DirEntry, path: str) -> Entry:
    is_link = item.is_symlink()
    try:
        if item.is_dir():
            return Entry(path, Kind.FOLDER, is_link)
        if item.is_file():
            return Entry(path, Kind.FILE, is_link)
        return Entry(path, Kind.SPECIAL if os.path.exists(item.path) else Kind.BROKEN, is_link)
    except OSError as error:  # links that lead to themselves
        return Entry(path, Kind.BROKEN, is_link, error.strerror or str(error))
