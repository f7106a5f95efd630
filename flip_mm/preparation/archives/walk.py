# SPDX-License-Identifier: Apache-2.0
"""All files of an archive, fast enough for a million of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flip_mm.datasets.archive import Problem
from flip_mm.utils.path_parts import is_printable

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
    try:
        _enter(tree, closed, "", frozenset())
    except OSError as error:
        raise ValueError(f"The archive '{root}' cannot be read: {error.strerror or error}.") from error
    tree.files.sort()
    tree.folders.sort()
    tree.problems.sort(key=lambda problem: problem.source)
    return tree


def _enter(tree: Tree, closed: Callable[[str], bool], folder: str, above: frozenset[tuple[int, int]]) -> None:
    here = os.path.join(tree.root, folder)
    status = os.stat(here)
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        tree.problems.append(Problem(folder.rstrip("/"), "is a link to a folder that it lies in; it is not entered."))
        return
    with os.scandir(here) as entries:
        entries = list(entries)
    for entry in entries:
        if entry.name.startswith(".") or entry.name in HIDDEN:
            tree.hidden += 1
            continue
        path = folder + entry.name
        if not is_printable(entry.name):
            reason = "has a name that is not UTF-8 or holds control characters; it is not converted."
            tree.problems.append(Problem(path, reason))
            continue
        try:
            if entry.is_dir():
                if closed(entry.name):
                    tree.folders.append(path)
                else:
                    _enter(tree, closed, path + "/", above | {identity})
            elif entry.is_file():
                tree.files.append(path)
            else:
                tree.problems.append(Problem(path, "is a link that leads nowhere, or no file; it is not converted."))
        except OSError as error:
            tree.problems.append(Problem(path, f"cannot be read: {error.strerror or error}; it is not converted."))
