# SPDX-License-Identifier: Apache-2.0
"""Many texts in one block of memory, without an object for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import overload

import numpy as np

# Texts that are decoded at a time.
BLOCK = 1 << 16
LINE_END = ord("\r")


class PackedText(Sequence[str]):
    """A read-only sequence of texts: parts of one UTF-8 text.

    Ten million texts are three objects. Forked processes share their memory, and a selection shares the text.

    Args:
        data: UTF-8.
        starts: (n,) int64, where each text begins.
        sizes: (n,) int32, their bytes.
    """

    def __init__(self, data: bytes, starts: np.ndarray, sizes: np.ndarray) -> None:
        self.data, self.starts, self.sizes = data, starts, sizes

    @classmethod
    def of(cls, texts: Iterable[str]) -> PackedText:
        """Pack texts.

        Example:
            >>> list(PackedText.of(["a", "", "bc"]))
            ['a', '', 'bc']
        """
        parts = [text.encode() for text in texts]
        sizes = np.fromiter(map(len, parts), np.int32, len(parts))
        return cls(b"".join(parts), np.cumsum(sizes, dtype=np.int64) - sizes, sizes)

    @classmethod
    def lines(cls, data: bytes) -> PackedText:
        r"""Return the lines that are not empty, as parts of the text.

        Args:
            data: UTF-8, without other control characters than ``\r`` and ``\n``.

        Example:
            >>> list(PackedText.lines(b"a\r\n\nbc"))
            ['a', 'bc']
        """
        ends = np.append(np.flatnonzero(np.frombuffer(data, np.uint8) <= LINE_END), len(data))
        starts = np.concatenate(([0], ends[:-1] + 1))
        filled = ends > starts
        return cls(data, starts[filled], (ends - starts)[filled].astype(np.int32))

    @classmethod
    def concat(cls, parts: Sequence[PackedText]) -> PackedText:
        """Join sequences; a text that several of them share is stored once."""
        offsets: dict[int, int] = {}
        texts = {id(part.data): part.data for part in parts}
        size = 0
        for key, data in texts.items():
            offsets[key] = size
            size += len(data)
        starts = [part.starts + offsets[id(part.data)] for part in parts]
        data = next(iter(texts.values())) if len(texts) == 1 else b"".join(texts.values())
        return cls(data, np.concatenate([np.empty(0, np.int64), *starts]), np.concatenate([_NONE, *(p.sizes for p in parts)]))

    def take(self, indices: np.ndarray) -> PackedText:
        """Select texts."""
        return PackedText(self.data, self.starts[indices], self.sizes[indices])

    def hashes(self, key: Callable[[str], str] | None = None) -> np.ndarray:
        """Return the (n,) int64 hashes of the texts, valid within this process.

        Args:
            key: Applied to each text first.
        """
        return np.fromiter(map(hash, map(key, self) if key else self), np.int64, len(self))

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> PackedText: ...
    def __getitem__(self, index: int | slice) -> str | PackedText:
        if isinstance(index, slice):
            return self.take(index)
        start = self.starts[index]
        return self.data[start : start + self.sizes[index]].decode()

    def __iter__(self) -> Iterator[str]:
        data = self.data
        for first in range(0, len(self), BLOCK):
            starts = self.starts[first : first + BLOCK]
            ends = starts + self.sizes[first : first + BLOCK]
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                yield data[start:end].decode()


_NONE = np.empty(0, np.int32)


def all_different(hashes: np.ndarray) -> bool:
    """Whether no two of (n,) hashes are equal; then no two of the texts are."""
    ordered = np.sort(hashes)
    return not (ordered[1:] == ordered[:-1]).any()
