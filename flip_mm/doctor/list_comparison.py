# SPDX-License-Identifier: Apache-2.0
"""Compare the lists of a data root with those that the authors published."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from flip_mm.datasets.protocols import LAYOUTS

from .coverage import Lists
from .finding import Finding, make_findings
from .list_files import read_lines

CLASS = re.compile("/(?:real|fake)/")


@dataclass(frozen=True)
class Comparison:
    """Comparison of a list with the authors' list of the same name.

    Attributes:
        file: Name of the list.
        ours: Number of unique lines in our list.
        theirs: Number of unique lines in the authors' list.
        only_ours: Lines that are only in our list.
        only_theirs: Lines that are only in the authors' list.
    """

    file: str
    ours: int
    theirs: int
    only_ours: tuple[str, ...]
    only_theirs: tuple[str, ...]


def compare_lists(root: Path, lists: Lists, folder: Path) -> tuple[list[Comparison], list[Finding]]:
    """Compare all lists of a data root.

    Args:
        root: Data root.
        lists: Its lists.
        folder: Folder of the authors' lists, directly or in MCIO and WCS.

    Returns:
        A comparison for each list that exists in both, and the findings.

    Raises:
        ValueError: The folder has none of the lists, or one of them cannot be read.
    """
    comparisons, absent = [], []
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
        except ValueError:  # reported by read_lists
            continue
        only_ours, only_theirs = (tuple(x for x in a if x not in b) for a, b in ((ours, theirs), (theirs, ours)))
        comparisons.append(Comparison(path.name, len(ours), len(theirs), only_ours, only_theirs))
    if not comparisons:
        raise ValueError(
            f"--lists: '{folder}' has none of the lists in '{root / 'txt'}', directly or in {' or '.join(LAYOUTS)}."
        )
    findings = make_findings("lists_absent", "txt", absent) + make_findings("lists_class", "txt", _other_class(comparisons))
    for comparison in comparisons:
        detail = f"{len(comparison.only_ours)} lines only in ours, {len(comparison.only_theirs)} only in theirs"
        sides = ((f"only ours: {x}" for x in comparison.only_ours), (f"only theirs: {x}" for x in comparison.only_theirs))
        # Alternate, so that the first examples show both.
        lines = (line for pair in zip_longest(*sides) for line in pair if line)
        findings += make_findings("lists_differ", comparison.file, lines, detail=detail)
    return comparisons, findings


def _other_class(comparisons: list[Comparison]) -> list[str]:
    """Paths that are in the folder of the other class in the authors' lists."""
    theirs = {line for comparison in comparisons for line in comparison.only_theirs}
    ours = dict.fromkeys(line for comparison in comparisons for line in comparison.only_ours)
    swapped = {line: CLASS.sub(lambda m: "/fake/" if m[0] == "/real/" else "/real/", line, count=1) for line in ours}
    return [f"{line}: theirs is {other}" for line, other in swapped.items() if other in theirs]
