# SPDX-License-Identifier: Apache-2.0
"""List all files under a folder, fast enough for a million files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple


class Kind(Enum):
    """The kind of a path, after following links."""

    FILE = auto()
    FOLDER = auto()
    SPECIAL = auto()  # a pipe, a device, a socket
    BROKEN = auto()  # a link to a missing file or to itself
    UNREADABLE = auto()  # a folder that cannot be listed
    LOOP = auto()  # a link to a folder that is already listed


class Entry(NamedTuple):
    """A file, folder or other path under a folder.

    Attributes:
        path: Relative to that folder, with ``/``; '' is the folder itself, which is returned only if it cannot be listed.
        kind: Its kind.
        is_link: Whether the last part of the path is a symbolic link.
        reason: The system's error for a broken or unreadable one; '' for a link to a missing file.
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
    """List everything under a folder. Nothing is raised: for an unreadable path there is an entry with the reason.

    Args:
        root: The folder.
        enter: Whether to list the content of a folder; there is an entry for the folder in any case.
        follow_links: Whether to list the content of links to folders, after all real folders.
        once: Whether to list a folder only once, even if several links point to it. If False, only links to a folder that
            contains them are skipped.

    Yields:
        Entries of one folder sorted by name, a folder before its content.
    """
    seen: set[tuple[int, int]] = set()
    # Path, whether it is a link, and the folders that contain it.
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
                items = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield Entry(folder, Kind.UNREADABLE, is_link, error.strerror or str(error))
            continue
        for item in items:
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
    except OSError as error:  # links to themselves
        return Entry(path, Kind.BROKEN, is_link, error.strerror or str(error))
