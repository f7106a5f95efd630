# SPDX-License-Identifier: Apache-2.0
"""Draw whole videos, so that an analysis of a large set takes bounded time and keeps scores of videos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def draw_videos(videos: Sequence[str], labels: Sequence[int], most: int, seed: int = 0) -> np.ndarray:
    """Draw videos of each class until they have ``most`` images, with all their images.

    Args:
        videos: Video of each image.
        labels: Class of each image.
        most: Images of each class. The first video is drawn in any case.
        seed: Of the draw.

    Returns:
        Ascending indices of the drawn images.

    Example:
        >>> draw_videos(["a", "a", "b", "b", "c", "c"], [0] * 6, most=4).size
        4
    """
    names, codes = np.unique(np.asarray(videos), return_inverse=True)
    labels = np.asarray(labels)
    kept = np.zeros(labels.size, bool)
    for label in np.unique(labels):
        of_class = labels == label
        sizes = np.bincount(codes[of_class], minlength=names.size)
        order = np.random.default_rng([seed, int(label)]).permutation(np.flatnonzero(sizes))
        ends = np.cumsum(sizes[order])
        chosen = order[: max(1, int(np.searchsorted(ends, most, side="right")))]
        kept |= of_class & np.isin(codes, chosen)
    return np.flatnonzero(kept)
