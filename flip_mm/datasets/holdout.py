# SPDX-License-Identifier: Apache-2.0
"""A development set out of the source videos, whole subjects at a time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from flip_mm.utils.stable_order import hash_order

from .parsed_lines import SUBJECT, ParsedLines


def held_out_units(domain: str, sizes: Mapping[str, Counter[str]], share: float) -> set[str]:
    """Choose the development set of one domain.

    A unit is held out as a whole: a subject, or a video if its subject is unknown. Units are taken in an order that depends
    only on their names, until the share of each class is reached. So the development set is the same for every seed and
    method.

    Args:
        domain: Name of the domain.
        sizes: Class -> unit -> number of its videos (:func:`unit_sizes`).
        share: Share of the videos of every class, 0 up to below 1; the number is rounded up.

    Returns:
        The units that are held out.

    Raises:
        ValueError: No training videos are left in a class.

    Example:
        >>> sizes = dict(real=Counter(f"subject {i}" for i in range(10)), spoof=Counter(f"subject {i}" for i in range(10)))
        >>> len(held_out_units("M", sizes, 0.25))
        3
    """
    if not share:
        return set()
    units = {unit for counts in sizes.values() for unit in counts}
    still_needed = {name: math.ceil(share * counts.total()) for name, counts in sizes.items()}
    chosen: set[str] = set()
    for unit in sorted(units, key=lambda unit: hash_order(f"{domain}/{unit}")):
        if all(count <= 0 for count in still_needed.values()):
            break
        chosen.add(unit)
        for name in still_needed:
            still_needed[name] -= sizes[name][unit]
    for name, counts in sizes.items():
        if chosen.issuperset(counts):
            raise ValueError(
                f"run.holdout={share} leaves no {name} videos of domain {domain} to train on: its {counts.total()} belong to "
                f"{len(counts)} subject(s). Use a smaller share."
            )
    return chosen


def unit_sizes(lines: ParsedLines, subjects: Sequence[str]) -> Counter[str]:
    """Count the videos of each unit in the lines of a list.

    Args:
        lines: The lines.
        subjects: What the codes of subjects mean.
    """
    _, first = np.unique(lines.videos.hashes(), return_index=True)
    return Counter(_units(lines.take(first), subjects))


def is_held_out(lines: ParsedLines, subjects: Sequence[str], chosen: set[str]) -> np.ndarray:
    """Return an (n,) mask of the lines whose unit is chosen."""
    return np.fromiter((unit in chosen for unit in _units(lines, subjects)), bool, len(lines))


def _units(lines: ParsedLines, subjects: Sequence[str]) -> Iterator[str]:
    """Unit of each line."""
    units = [f"subject {subject}" if subject else "" for subject in subjects]
    return (units[code] or video for code, video in zip(lines.codes[:, SUBJECT].tolist(), lines.videos, strict=True))
