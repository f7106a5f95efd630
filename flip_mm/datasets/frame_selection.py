# SPDX-License-Identifier: Apache-2.0
"""Which frames of a recording are taken, and how their files end."""

from __future__ import annotations

from collections.abc import Callable

# The release uses frame 6 of M, C, I, O, and the frame half a video later.
FIRST = 6
TEN = 10


class TooShortError(ValueError):
    """A recording has fewer frames than its selection needs."""


def _pair(total: int) -> list[tuple[int, str]]:
    return [(FIRST, "_frame0.png"), (FIRST + total // 2, "_frame1.png")]


def _ten(total: int) -> list[tuple[int, str]]:
    return [(k * (total // TEN), f"_{k:02d}.jpg") for k in range(TEN)]


def _ten_by_index(total: int) -> list[tuple[int, str]]:
    # WMCA's training list numbers frames by their index: 00, 05, ..., 45 of 50, but 00, 04, ..., 36 of 40.
    return [(index, f"_{index:02d}.jpg") for index, _ in _ten(total)]


def _single(total: int) -> list[tuple[int, str]]:
    return [(0, ".jpg")]


# Name -> rule, and the minimum number of frames.
SELECTIONS: dict[str, tuple[Callable[[int], list[tuple[int, str]]], int]] = {
    "pair": (_pair, 2 * FIRST + 1),
    "ten": (_ten, TEN),
    "ten_by_index": (_ten_by_index, TEN),
    "single": (_single, 1),
}
# Selection -> the key of ENDINGS that its file names belong to: `frames` of the data set.
FRAMES = {"pair": "pair", "ten": "numbered", "ten_by_index": "numbered", "single": "single"}
# What a selection takes, for the error about a short recording.
TAKES = {
    "pair": "frame 6 and the frame half a video later, counted from 0",
    "ten": "ten frames at equal distances",
    "ten_by_index": "ten frames at equal distances",
}


def select_frames(selection: str, total: int) -> list[tuple[int, str]]:
    """Select the frames of a recording that are converted.

    Args:
        selection: ``'pair'`` (frames 6 and 6 + total // 2), ``'ten'`` (equidistant, numbered 00 to 09), ``'ten_by_index'``
            (the same frames, numbered by their index) or ``'single'``.
        total: Number of frames of the recording.

    Returns:
        Index of each frame, from 0, and the ending of its file.

    Raises:
        TooShortError: The recording has too few frames.

    Example:
        >>> select_frames("pair", 300)
        [(6, '_frame0.png'), (156, '_frame1.png')]
        >>> select_frames("ten_by_index", 50)[:3]
        [(0, '_00.jpg'), (5, '_05.jpg'), (10, '_10.jpg')]
    """
    rule, fewest = SELECTIONS[selection]
    if total < fewest:
        raise TooShortError(f"it has {total} frames, {fewest} are needed ({TAKES.get(selection, 'one image')})")
    return rule(total)


def images_per_recording(selection: str) -> int:
    """Number of images that a selection takes from one recording."""
    rule, fewest = SELECTIONS[selection]
    return len(rule(fewest))
