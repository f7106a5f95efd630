# SPDX-License-Identifier: Apache-2.0
"""Suggest the nearest valid name for a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, names: Iterable[object], cutoff: float = 0.6, most: int = 2) -> str:
    """Return ', did you mean lr?' with at most ``most`` names; empty if no name is similar. Case is ignored.

    Example:
        >>> did_you_mean("trian", ["train", "test"])
        ', did you mean train?'
    """
    lower: dict[str, str] = {}
    for valid in map(str, names):
        lower.setdefault(valid.lower(), valid)
    close = [lower[match] for match in get_close_matches(name.lower(), lower, n=most, cutoff=cutoff)]
    return f", did you mean {' or '.join(close)}?" if close else ""
