# SPDX-License-Identifier: Apache-2.0
"""Find pairs of images that look the same, fast enough for hundreds of thousands of images."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

BITS = 64
# Hashes of re-encoded, resized and slightly blurred copies differ in at most 2 bits, and the small images by less than 2 grey
# levels.
MAX_BITS = 4
MAX_GREY_LEVELS = 3.0
# Number of pairs of hashes compared at a time; limits the memory if many hashes are similar.
PAIRS = 2**18


def near_pairs(hashes: np.ndarray, small: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Find pairs of different groups that look the same.

    Two hashes that differ in ``MAX_BITS`` bits are equal in at least one of ``MAX_BITS + 1`` bands of bits. So only images with
    an equal band are compared: first their hashes, then their small images after subtracting the mean.

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
    edges = np.linspace(0, BITS, MAX_BITS + 2).astype(np.uint64)
    for low, high in pairwise(edges):
        band = (hashes >> low) & ((np.uint64(1) << (high - low)) - np.uint64(1))
        order = np.argsort(band, kind="stable")
        starts = np.flatnonzero(np.diff(band[order])) + 1
        for bucket in np.split(order, starts):
            for pairs in _within(bucket, hashes, groups) if len(bucket) > 1 else ():
                found.append(pairs[_alike(small[pairs[:, 0]], small[pairs[:, 1]])])
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


def _within(bucket: np.ndarray, hashes: np.ndarray, groups: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the pairs of a bucket with similar hashes, in blocks of rows."""
    step = max(1, PAIRS // len(bucket))
    for start in range(0, len(bucket), step):
        rows, columns = bucket[start : start + step], bucket[start:]
        close = np.bitwise_count(hashes[rows, None] ^ hashes[columns]) <= MAX_BITS
        i, j = np.nonzero(close)
        later = (j > i) & (groups[rows[i]] != groups[columns[j]])
        yield np.stack([rows[i[later]], columns[j[later]]], axis=1)


def _alike(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Compare the rows of two (n, k) uint8 arrays; returns (n,) bool."""
    difference = first.astype(np.float32) - second
    difference -= difference.mean(1, keepdims=True)
    return np.abs(difference).mean(1) <= MAX_GREY_LEVELS
