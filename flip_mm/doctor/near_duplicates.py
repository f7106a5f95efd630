# SPDX-License-Identifier: Apache-2.0
"""Pairs of images that look the same, among hundreds of thousands."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

BITS = 64
# Re-encoded, resized and slightly blurred copies of an image hash within 2 bits of it and differ by less than 2 grey levels.
BITS_APART = 4
GREY_LEVELS_APART = 3.0
# Pairs of hashes compared at a time; bounds the memory where many images hash alike.
PAIRS = 2**18


def near_pairs(hashes: np.ndarray, small: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Find pairs of different groups that look the same.

    Two hashes that differ in ``BITS_APART`` bits agree in at least one of ``BITS_APART + 1`` bands of bits: only images that
    share a band are compared, first their hashes, then their small images, brightness aside.

    Args:
        hashes: (n,) uint64 perceptual hashes.
        small: (n, k) uint8 luma of a small version of each image.
        groups: (n,) integers; images of one group (frames of a recording) are not compared.

    Returns:
        (m, 2) indices, the smaller one first, each pair once, sorted.

    Example:
        >>> pairs = near_pairs(np.array([7, 6, 2**63], np.uint64), np.zeros((3, 4), np.uint8), np.arange(3))
        >>> pairs.tolist()
        [[0, 1], [0, 2], [1, 2]]
    """
    found = [np.empty((0, 2), np.int64)]
    edges = np.linspace(0, BITS, BITS_APART + 2).astype(np.uint64)
    for low, high in pairwise(edges):
        band = (hashes >> low) & ((np.uint64(1) << (high - low)) - np.uint64(1))
        order = np.argsort(band, kind="stable")
        starts = np.flatnonzero(np.diff(band[order])) + 1
        for bucket in np.split(order, starts):
            for pairs in _within(bucket, hashes, groups) if len(bucket) > 1 else ():
                found.append(pairs[_alike(small[pairs[:, 0]], small[pairs[:, 1]])])
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


def _within(bucket: np.ndarray, hashes: np.ndarray, groups: np.ndarray) -> Iterator[np.ndarray]:
    """Pairs of a bucket with close hashes, some rows of the comparison at a time."""
    step = max(1, PAIRS // len(bucket))
    for start in range(0, len(bucket), step):
        rows, columns = bucket[start : start + step], bucket[start:]
        close = np.bitwise_count(hashes[rows, None] ^ hashes[columns]) <= BITS_APART
        i, j = np.nonzero(close)
        later = (j > i) & (groups[rows[i]] != groups[columns[j]])
        yield np.stack([rows[i[later]], columns[j[later]]], axis=1)


def _alike(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(n, k) and (n, k) uint8 -> (n,) bool."""
    difference = first.astype(np.float32) - second
    difference -= difference.mean(1, keepdims=True)
    return np.abs(difference).mean(1) <= GREY_LEVELS_APART
