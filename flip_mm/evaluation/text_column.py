# SPDX-License-Identifier: Apache-2.0
"""Columns of texts that repeat, as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .checks import Ints

Texts = NDArray[np.object_]


@runtime_checkable
class TextColumn(Protocol):
    """N texts that are stored compactly."""

    def __len__(self) -> int:
        """Return N."""

    def texts(self) -> Texts:
        """Return the texts (N,)."""

    def take(self, rows: Ints) -> TextColumn:
        """Return the texts of some rows."""

    def coded(self) -> Codes:
        """Return the texts as numbers."""


@dataclass(frozen=True)
class Codes:
    """N texts as numbers: text i is ``names[codes[i]]``.

    Attributes:
        names: (K,) distinct str. Some may have no row.
        codes: (N,) int32.
    """

    names: Texts
    codes: NDArray[np.int32]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Codes:
        """Number the distinct texts in the order of their first appearance.

        Example:
            >>> Codes.of(["b", "a", "b"]).codes.tolist()
            [0, 1, 0]
        """
        found: dict[str, int] = {}
        texts = texts.tolist() if isinstance(texts, np.ndarray) else texts
        codes = np.fromiter((found.setdefault(text, len(found)) for text in texts), np.int32)
        return cls(as_texts(list(found)), codes)

    @classmethod
    def joined(cls, parts: Sequence[Codes]) -> Codes:
        """Return the texts of several columns as one column."""
        found: dict[str, int] = {}
        numbers = [np.array([found.setdefault(name, len(found)) for name in part.names.tolist()], np.int32) for part in parts]
        codes = [number[part.codes] for number, part in zip(numbers, parts, strict=True)]
        return cls(as_texts(list(found)), np.concatenate([np.empty(0, np.int32), *codes]))

    def __len__(self) -> int:
        """Return N."""
        return len(self.codes)

    def texts(self) -> Texts:
        """Return the texts (N,)."""
        return self.names[self.codes]

    def take(self, rows: Ints) -> Codes:
        """Return the texts of some rows."""
        return Codes(self.names, self.codes[rows])

    def coded(self) -> Codes:
        """Return itself."""
        return self


def as_texts(texts: Sequence[str]) -> Texts:
    """Return texts as an array of Python's str."""
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


def first_rows(codes: Ints, size: int) -> Ints:
    """Return the first row of each number below ``size``; -1 for a number that no row has.

    Example:
        >>> first_rows(np.array([2, 0, 2]), 3).tolist()
        [1, -1, 0]
    """
    first = np.full(size, -1)
    # Of several values for one place numpy keeps the last.
    first[codes[::-1]] = np.arange(codes.size - 1, -1, -1)
    return first


def by_appearance(codes: Ints, size: int) -> tuple[Ints, Ints]:
    """Number the distinct values of numbers below ``size`` in the order of their first appearance.

    Returns:
        The new number (N,) of each row, and the first row of each of them.

    Example:
        >>> [part.tolist() for part in by_appearance(np.array([7, 2, 7]), 9)]
        [[0, 1, 0], [0, 1]]
    """
    first = first_rows(codes, size)
    found = np.flatnonzero(first >= 0)
    found = found[np.argsort(first[found])]
    numbers = np.empty(size, np.int64)
    numbers[found] = np.arange(found.size)
    return numbers[codes], first[found]


def pairs(one: Codes, other: Codes) -> Codes:
    """Number the distinct pairs of two columns. Their names are numbers."""
    distinct, codes = np.unique(one.codes * np.int64(max(len(other.names), 1)) + other.codes, return_inverse=True)
    return Codes(distinct, codes)
