# SPDX-License-Identifier: Apache-2.0
"""Which files of an archive may be data: all but hidden ones and those whose names cannot be written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flip_mm.datasets.archive import Problem
from flip_mm.utils.path_parts import is_printable
from flip_mm.utils.tree import Entry, Kind, walk_tree

# What operating systems leave behind, besides names that begin with a dot.
HIDDEN = {"__MACOSX", "Thumbs.db", "desktop.ini"}


@dataclass
class Tree:
    """What lies under a folder.

    Attributes:
        root: The folder.
        files: Sorted paths relative to it, with ``/``.
        folders: The same of the folders that were not entered.
        problems: Links that lead nowhere or in a circle, folders that cannot be read, names that are
            not UTF-8 or hold control characters.
        hidden: How many hidden files and folders were passed over.
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
        closed: Name of a folder -> whether it is listed without being entered.

    Returns:
        What lies there.

    Raises:
        ValueError: The root is no folder that can be read.
    """
    tree = Tree(root)

    def is_open(entry: Entry) -> bool:
        return not _is_hidden(entry) and is_printable(entry.name) and not closed(entry.name)

    for entry in walk_tree(root, is_open):
        if entry.kind is Kind.UNREADABLE and not entry.path:
            raise ValueError(f"The archive '{root}' cannot be read: {entry.reason}.")
        if _is_hidden(entry):
            tree.hidden += 1
        elif reason := _what_is_wrong(entry):
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


def _what_is_wrong(entry: Entry) -> str:
    """Why an entry is not converted; '' for files and folders that are all right."""
    if not is_printable(entry.name):
        return "has a name that is not UTF-8 or holds control characters; it is not converted."
    if entry.kind is Kind.LOOP:
        return "is a link to a folder that it lies in; it is not entered."
    if entry.reason:
        return f"cannot be read: {entry.reason}; it is not converted."
    if entry.kind in (Kind.BROKEN, Kind.SPECIAL):
        return "is a link that leads nowhere, or no file; it is not converted."
    return ""
