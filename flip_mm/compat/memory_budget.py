# SPDX-License-Identifier: Apache-2.0
"""What a checkpoint may take: about as much memory as its file has bytes."""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import repr as short

# Besides the file's own size, for views that repeat numbers and for containers.
ALLOWANCE = 64 << 20


class TooLarge(ValueError):
    """A file would take more memory than it has bytes."""


class Sizes:
    """What a file may take, and what it has taken so far.

    Args:
        size: Bytes of the whole file.
        records: Name -> bytes of an archive's records; None for torch's older format, where storages follow the pickle.
    """

    def __init__(self, size: int, records: Mapping[str, int] | None = None) -> None:
        self.size = size
        self.left = size + ALLOWANCE
        self.records = records
        self.storages: dict[str, int] = {}
        self.stored = 0

    def spend(self, count: int, what: str) -> None:
        """Count bytes.

        Raises:
            TooLarge: They are more than there are left.
        """
        self.left -= count
        if count < 0 or self.left < 0:
            raise TooLarge(f"{what} would take more memory than a file of {self.size:,} bytes can fill")

    def add_storage(self, key: str, count: int) -> None:
        """Count a storage, once for each key, with one size; what torch allocates for it must be in the file.

        Raises:
            TooLarge: It is not.
        """
        if not isinstance(key, str) or count < 0 or self.storages.get(key, count) != count:
            raise TooLarge(f"its storage {short(key)} has an impossible size")
        if key in self.storages:
            return
        there = self.size - self.stored if self.records is None else self.records.get(f"data/{key}", 0)
        self.storages[key] = count
        self.stored += count
        if count > there:
            raise TooLarge(f"its storage {short(key)} is said to have {count:,} bytes, and the file has {there:,} for it")
