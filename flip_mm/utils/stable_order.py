# SPDX-License-Identifier: Apache-2.0
"""An order that says nothing about what is ordered, and is the same every time and everywhere."""

from __future__ import annotations

from hashlib import sha256


def hash_order(name: str) -> bytes:
    """Key to sort names by: their SHA-256. Names of files need not be UTF-8.

    Example:
        >>> sorted(["a", "b", "c", "d"], key=hash_order)
        ['d', 'c', 'b', 'a']
    """
    return sha256(name.encode("utf-8", "surrogateescape")).digest()
