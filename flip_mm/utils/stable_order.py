# SPDX-License-Identifier: Apache-2.0
"""Sort names in a pseudorandom order that is the same on every machine."""

from __future__ import annotations

from hashlib import sha256


def hash_order(name: str) -> bytes:
    """Return a key to sort names by: their SHA-256. File names may contain bytes that are not UTF-8.

    Example:
        >>> sorted(["a", "b", "c", "d"], key=hash_order)
        ['d', 'c', 'b', 'a']
    """
    return sha256(name.encode("utf-8", "surrogateescape")).digest()
