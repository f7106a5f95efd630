# SPDX-License-Identifier: Apache-2.0
"""Lists against the number of lines that the authors' have, so that a part of a data set is not taken for the whole."""

from __future__ import annotations

from pathlib import Path

from flip_mm.datasets.sets import DATA_SETS
from flip_mm.labels import LIST_WORDS

from .coverage import Lists
from .finding import Finding, finding


def check_complete(root: Path, lists: Lists) -> list[Finding]:
    """Compare the lengths of lists with the published ones.

    Args:
        root: Data root; a synthetic set is smaller on purpose and is not compared.
        lists: Its lists.

    Returns:
        One finding that names the lists that are shorter.
    """
    if (root / "synthetic.json").is_file():
        return []
    short = []
    for key, own in lists.items():
        wanted = DATA_SETS[key.domain].lines.get(f"{LIST_WORDS[key.name]}_{key.kind}", 0)
        if (there := len(own.lines)) < wanted:
            short.append(f"{key.path(root).name}: {there} of {wanted}")
    return finding("list_short", "txt", short)
