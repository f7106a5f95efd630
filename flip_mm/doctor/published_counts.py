# SPDX-License-Identifier: Apache-2.0
"""Compare the length of lists with the published lists, to find incomplete data sets."""

from __future__ import annotations

from pathlib import Path

from flip_mm.datasets.data_roots import SYNTHETIC_MARKER
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.labels import LIST_WORDS

from .coverage import Lists
from .finding import Finding, make_findings


def check_complete(root: Path, lists: Lists) -> list[Finding]:
    """Compare the lengths of lists with the published ones.

    Args:
        root: Data root; synthetic sets are not compared, because they are smaller on purpose.
        lists: Its lists.

    Returns:
        One finding with the lists that are shorter, or none.
    """
    if (root / SYNTHETIC_MARKER).is_file():
        return []
    short = []
    for key, list_file in lists.items():
        published = DATA_SETS[key.domain].lines.get(f"{LIST_WORDS[key.name]}_{key.kind}", 0)
        if len(list_file.lines) < published:
            short.append(f"{key.path(root).name}: {len(list_file.lines)} of {published}")
    return make_findings("list_short", "txt", short)
