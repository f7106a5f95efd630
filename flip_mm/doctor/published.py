# SPDX-License-Identifier: Apache-2.0
"""How many lines the authors' lists have, so that a part of a data set is not taken for the whole."""

from __future__ import annotations

from pathlib import Path

from .coverage import Lists
from .finding import Finding, finding

# Domain -> lines of the lists of real and spoof that train, and of those that are tested (FLIP's release, each line once).
LINES = {
    "M": (70, 210, 60, 200),
    "C": (150, 450, 140, 440),
    "I": (140, 700, 130, 690),
    "O": (720, 2880, 710, 2870),
    "CelebA": (40000, 40000, 0, 0),
    "W": (3470, 13288, 3460, 5470),
    "CeFA": (15000, 45000, 2990, 8990),
    "S": (29394, 67190, 2984, 6604),
}
KINDS = (("real", "train"), ("spoof", "train"), ("real", "test"), ("spoof", "test"))


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
        wanted = dict(zip(KINDS, LINES.get(key.domain, ()), strict=False)).get((key.name, key.kind), 0)
        if (there := len(own.lines)) < wanted:
            short.append(f"{key.path(root).name}: {there} of {wanted}")
    return finding("list_short", "txt", short)
