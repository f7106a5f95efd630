# SPDX-License-Identifier: Apache-2.0
"""Checks of whole columns: whether a table of frames can be wrong, without a loop over its rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flip_mm.labels import BONA_FIDE, REAL, SPOOF
from flip_mm.utils.text import plain_name

from .checks import Floats, Ints
from .text_column import Codes, TextColumn, first_rows


def are_consistent(
    file: TextColumn, video: Codes, subject: Codes, domain: Codes, attack_type: Codes, label: Ints, score: Floats
) -> bool:
    """Return whether frames pass the checks of ``ScoreTable.from_frames``, apart from the names of files.

    Args:
        file: (N,) names of files, not checked here.
        video: (N,).
        subject: (N,).
        domain: (N,).
        attack_type: (N,).
        label: (N,).
        score: (N,).

    Returns:
        Whether nothing is wrong. False says only that the rows must be checked one by one.
    """
    names = [name for name in video.names.tolist() if name.strip()]
    blank = [""] if len(names) < len(video.names) else []
    return bool(
        ((score >= 0) & (score <= 1)).all()
        and ((label == SPOOF) | (label == REAL)).all()
        and _attacks_fit(attack_type, label)
        and are_distinct(names + blank)
        and _videos_are_pure(video, (subject, domain, attack_type))
        and _no_file_is_a_video(file, video, set(names))
    )


def are_distinct(names: Sequence[str]) -> bool:
    """Return whether no two names are equal up to invisible characters, blanks around them, or the encoding of letters.

    Example:
        >>> are_distinct(["a", "b"]), are_distinct(["a", "a "]), are_distinct(["a", "a"])
        (True, False, False)
    """
    # One long text is checked fast.
    text = "\n".join(names)
    one_line_each = text.count("\n") < max(len(names), 1)
    blank_at_an_end = " \n" in f"{text}\n" or "\n " in f"\n{text}"
    if not one_line_each or blank_at_an_end or not text.isascii() or not text.replace("\n", "").isprintable():
        names = [plain_name(name) for name in names]
    return len(set(names)) == len(names)


def _attacks_fit(attack_type: Codes, label: Ints) -> bool:
    real = np.array([name == BONA_FIDE for name in attack_type.names.tolist()], bool)
    named = np.array([bool(name) for name in attack_type.names.tolist()], bool)
    return bool(((real[attack_type.codes] == (label == REAL)) & named[attack_type.codes]).all())


def _videos_are_pure(video: Codes, columns: Sequence[Codes]) -> bool:
    """Whether all frames of a video are equal in each column. A blank name is no video."""
    first = first_rows(video.codes, len(video.names))
    named = np.array([bool(name.strip()) for name in video.names.tolist()], bool)[video.codes]
    return all(((column.codes == column.codes[first][video.codes]) | ~named).all() for column in columns)


def _no_file_is_a_video(file: TextColumn, video: Codes, names: set[str]) -> bool:
    """Whether the files without a video, which count as videos, have other names than the videos."""
    blank = np.array([not name.strip() for name in video.names.tolist()], bool)
    if not blank.any():
        return True
    return names.isdisjoint(file.take(np.flatnonzero(blank[video.codes])).texts().tolist())
