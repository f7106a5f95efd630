# SPDX-License-Identifier: Apache-2.0
"""The known name that somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, names: Iterable[object], cutoff: float = 0.6, most: int = 2) -> str:
    """', did you mean lr?' with so many names at the most; empty where nothing is like it.

    Upper and lower case count as alike.

    Example:
        >>> did_you_mean("trian", ["train", "test"])
        ', did you mean train?'
    """
    lower: dict[str, str] = {}
    for own in map(str, names):
        lower.setdefault(own.lower(), own)
    close = [lower[own] for own in get_close_matches(name.lower(), lower, n=most, cutoff=cutoff)]
    return f", did you mean {' or '.join(close)}?" if close else ""
