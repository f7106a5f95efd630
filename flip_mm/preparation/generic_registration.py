# SPDX-License-Identifier: Apache-2.0
"""Make the Python code that registers the data set of a CSV file."""

from __future__ import annotations

from collections.abc import Iterable

from flip_mm.datasets.archive import Recording


def domains_of(recordings: Iterable[Recording]) -> list[tuple[str, str, str]]:
    """Name, stem and kind of frames of each data set: arguments of :func:`~flip_mm.datasets.register_domain`.

    Example:
        >>> domains_of([Recording("MINE", "a.mp4", "mine/train/real/-/bonafide/a", "video", "pair")])
        [('MINE', 'mine', 'pair')]
    """
    return list(dict.fromkeys((r.domain, r.stem.split("/")[0], r.selection) for r in recordings))


def registration_code(recordings: Iterable[Recording]) -> str:
    """Python lines that register the data sets of recordings.

    Example:
        >>> print(registration_code([Recording("MINE", "a.mp4", "mine/train/real/-/bonafide/a", "video", "pair")]))
        from flip_mm.datasets import register_domain
        <BLANKLINE>
        register_domain("MINE", stem="mine", frames="pair")
    """
    lines = [f'register_domain("{name}", stem="{stem}", frames="{frames}")' for name, stem, frames in domains_of(recordings)]
    return "\n".join(["from flip_mm.datasets import register_domain", "", *lines])
