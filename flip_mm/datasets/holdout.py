# SPDX-License-Identifier: Apache-2.0
"""A development set out of the source videos, whole subjects at a time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from flip_mm.utils.stable_order import hash_order

from .frame_name import FrameName


def holdout_unit(name: FrameName) -> str:
    """Unit that is held out as a whole: the subject, or the video if the subject is unknown."""
    return f"subject {name.subject}" if name.subject else name.video_id


def held_out_units(domain: str, videos: Mapping[str, Mapping[str, str]], share: float) -> set[str]:
    """Choose the development set of one domain.

    Units are taken in an order that depends only on their names, until the share of each class is reached. So the
    development set is the same for every seed and method.

    Args:
        domain: Name of the domain.
        videos: Class -> video -> its unit (:func:`holdout_unit`).
        share: Share of the videos of every class, 0 up to below 1; the number is rounded up.

    Returns:
        The units that are held out.

    Raises:
        ValueError: No training videos are left in a class.

    Example:
        >>> videos = dict(real={f"r{i}": f"subject {i}" for i in range(10)}, spoof={f"s{i}": f"subject {i}" for i in range(10)})
        >>> len(held_out_units("M", videos, 0.25))
        3
    """
    if not share:
        return set()
    order = sorted(
        {unit for units in videos.values() for unit in units.values()}, key=lambda unit: hash_order(f"{domain}/{unit}")
    )
    still_needed = {name: math.ceil(share * len(units)) for name, units in videos.items()}
    sizes = {name: Counter(units.values()) for name, units in videos.items()}
    chosen: set[str] = set()
    for unit in order:
        if all(count <= 0 for count in still_needed.values()):
            break
        chosen.add(unit)
        for name in still_needed:
            still_needed[name] -= sizes[name][unit]
    for name, units in videos.items():
        if chosen.issuperset(units.values()):
            raise ValueError(
                f"run.holdout={share} leaves no {name} videos of domain {domain} to train on: its {len(units)} belong to "
                f"{len(set(units.values()))} subject(s). Use a smaller share."
            )
    return chosen
