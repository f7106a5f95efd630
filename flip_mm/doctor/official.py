# SPDX-License-Identifier: Apache-2.0
"""Our lists beside those that the authors published."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from flip_mm.datasets.protocols import LAYOUTS

from .coverage import Lists
from .finding import Finding, finding
from .list_files import read_lines

CLASS = re.compile("/(?:real|fake)/")


@dataclass(frozen=True)
class Comparison:
    """One list and its counterpart.

    Attributes:
        file: Name of the list.
        ours: Lines, each once.
        theirs: The same of the authors'.
        only_ours: Lines that theirs has not.
        only_theirs: Lines that ours has not.
    """

    file: str
    ours: int
    theirs: int
    only_ours: tuple[str, ...]
    only_theirs: tuple[str, ...]


def compare(root: Path, lists: Lists, folder: Path) -> tuple[list[Comparison], list[Finding]]:
    """Compare all lists of a data root.

    Args:
        root: Data root.
        lists: Its lists.
        folder: The authors' lists, in it or in its folders MCIO and WCS.

    Returns:
        A comparison per list that both have, and the findings.

    Raises:
        ValueError: The folder has none of the lists, or one of them cannot be read.
    """
    found, absent = [], []
    for key in lists:
        path = key.path(root)
        other = next((at for part in ("", *LAYOUTS) if (at := folder / part / path.name).is_file()), None)
        if other is None:
            absent.append(path.name)
            continue
        try:
            theirs = dict.fromkeys(read_lines(other))
        except ValueError as error:
            raise ValueError(f"'{other}': {error}") from error
        try:
            ours = dict.fromkeys(read_lines(path))
        except ValueError:  # reported as such
            continue
        only_ours, only_theirs = (tuple(x for x in a if x not in b) for a, b in ((ours, theirs), (theirs, ours)))
        found.append(Comparison(path.name, len(ours), len(theirs), only_ours, only_theirs))
    if not found:
        raise ValueError(
            f"--lists: neither '{folder}' nor {' nor '.join(LAYOUTS)} in it has one of the lists in '{root / 'txt'}'."
        )
    findings = finding("lists_absent", "txt", absent) + finding("lists_class", "txt", _other_class(found))
    for own in found:
        detail = f"{len(own.only_ours)} lines only in ours, {len(own.only_theirs)} only in theirs"
        sides = ((f"only ours: {x}" for x in own.only_ours), (f"only theirs: {x}" for x in own.only_theirs))
        # In turn, so that the first examples show both.
        lines = (line for pair in zip_longest(*sides) for line in pair if line)
        findings += finding("lists_differ", own.file, lines, detail=detail)
    return found, findings


def _other_class(found: list[Comparison]) -> list[str]:
    """Paths of ours that the authors' lists name in the folder of the other class."""
    theirs = {line for own in found for line in own.only_theirs}
    ours = dict.fromkeys(line for own in found for line in own.only_ours)
    swapped = {line: CLASS.sub(lambda m: "/fake/" if m[0] == "/real/" else "/real/", line, count=1) for line in ours}
    return [f"{line}: theirs is {other}" for line, other in swapped.items() if other in theirs]
