# SPDX-License-Identifier: Apache-2.0
"""Hide paths and addresses in records: they may name a user or a machine."""

from __future__ import annotations

import os
import re
from typing import Any

HIDDEN = "(path)"
BEFORE = r"(?:^|[\s=,:;'\"(\[])"
# Absolute paths, paths in a home folder, paths that leave their folder by '..', and addresses; at the beginning of a text or
# after a separator.
PATH = re.compile(
    rf"{BEFORE}(?:~|/|\\\\|[A-Za-z]:[\\/])[^\s/\\]*[/\\]"
    r"|=[/~]\S"
    rf"|(?:{BEFORE}|[/\\])\.\.[/\\]"
    r"|^~[^\s/\\]*$|^\.\.$|[/\\]\.\.$"
    r"|://"
)


def is_path_or_address(text: str) -> bool:
    """Return whether a text contains a path outside of the current folder, or an address.

    Example:
        >>> is_path_or_address("/home/me/clip.pt"), is_path_or_address("../clip.pt"), is_path_or_address("weights/clip.pt")
        (True, True, False)
    """
    return os.path.isabs(text) or PATH.search(text) is not None


def without_place(value: Any) -> Any:
    """Return ``(path)`` for a text with a path or an address; all other values unchanged."""
    return HIDDEN if isinstance(value, str) and is_path_or_address(value) else value
