# SPDX-License-Identifier: Apache-2.0
"""List the files of an archive, without hidden files and files with unprintable names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flip_mm.datasets.archive import Problem
from flip_mm.utils.path_parts import is_printable
from flip_mm.utils.tree import Entry, Kind, walk_tree

# Files that operating systems create, in addition to names that start with a dot.
HIDDEN = {"__MACOSX", "Thumbs.db", "desktop.ini"}


@dataclass
class Tree:
    """Files of an archive.

    Attributes:
        root: Folder of the archive.
        files: Sorted paths relative to it, with ``/``.
        folders: Sorted paths of the folders that were not entered.
        problems: Broken or circular links, unreadable folders, names that are not UTF-8 or contain control characters.
        hidden: Number of hidden files and folders, which are skipped.
    """

    root: Path
    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    hidden: int = 0


def walk(root: Path, closed: Callable[[str], bool] = lambda name: False) -> Tree:
    """List an archive. Links to files and folders are followed.

    Args:
        root: Folder of the archive.
        closed: Function from the name of a folder to whether it is listed without being entered.

    Raises:
        ValueError: The root is no readable folder.
    """
    tree = Tree(root)

    def is_open(entry: Entry) -> bool:
        return not _is_hidden(entry) and is_printable(entry.name) and not closed(entry.name)

    for entry in walk_tree(root, is_open):
        if entry.kind is Kind.UNREADABLE and not entry.path:
            raise ValueError(f"The archive '{root}' cannot be read: {entry.reason}.")
        if _is_hidden(entry):
            tree.hidden += 1
        elif reason := _problem(entry):
            tree.problems.append(Problem(entry.path, reason))
        elif entry.kind is Kind.FILE:
            tree.files.append(entry.path)
        elif closed(entry.name):
            tree.folders.append(entry.path)
    tree.files.sort()
    tree.folders.sort()
    tree.problems.sort(key=lambda problem: problem.source)
    return tree


def _is_hidden(entry: Entry) -> bool:
    return entry.name.startswith(".") or entry.name in HIDDEN


def _problem(entry: Entry) -> str:
    """Reason why an entry is not converted; '' for normal files and folders."""
    if not is_printable(entry.name):
        return "has a name that is not UTF-8 or contains control characters; it is not converted."
    if entry.kind is Kind.LOOP:
        return "is a link to a folder that contains it; it is not entered."
    if entry.reason:
        return f"cannot be read: {entry.reason}; it is not converted."
    if entry.kind in (Kind.BROKEN, Kind.SPECIAL):
        return "is a broken link, or no regular file; it is not converted."
    return ""
