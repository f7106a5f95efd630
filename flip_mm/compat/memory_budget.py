# SPDX-License-Identifier: Apache-2.0
"""The memory that a checkpoint may need: about as much as its file has bytes."""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import repr as short

# In addition to the size of the file, for views that repeat numbers and for containers.
ALLOWANCE = 64 << 20


class TooLarge(ValueError):
    """A file would need more memory than it has bytes."""


class Sizes:
    """Counts the memory that a file needs, and refuses too much.

    Args:
        size: Bytes of the whole file.
        records: Name -> bytes of an archive's records; None for torch's older format, in which storages follow the pickle.
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
            TooLarge: There are not so many bytes left.
        """
        self.left -= count
        if count < 0 or self.left < 0:
            raise TooLarge(f"{what} would need more memory than a file of {self.size:,} bytes can fill")

    def add_storage(self, key: str, count: int) -> None:
        """Count a storage, once for each key; the file must contain all its bytes.

        Raises:
            TooLarge: The file does not contain them, or one key has two sizes.
        """
        if not isinstance(key, str) or count < 0 or self.storages.get(key, count) != count:
            raise TooLarge(f"its storage {short(key)} has an impossible size")
        if key in self.storages:
            return
        available = self.size - self.stored if self.records is None else self.records.get(f"data/{key}", 0)
        self.storages[key] = count
        self.stored += count
        if count > available:
            raise TooLarge(f"its storage {short(key)} should have {count:,} bytes, and the file has {available:,} for it")
