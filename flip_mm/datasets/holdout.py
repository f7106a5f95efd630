# SPDX-License-Identifier: Apache-2.0
"""A development set out of the source videos, whole subjects at a time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from flip_mm.utils.stable_order import hash_order

from .frame_name import FrameName


def unit(name: FrameName) -> str:
    """What is held out as a whole: the subject; the video where the name tells none."""
    return f"subject {name.subject}" if name.subject else name.video_id


def held_out_units(domain: str, videos: Mapping[str, Mapping[str, str]], share: float) -> set[str]:
    """Choose the development set of one domain.

    The units come in an order that their names alone decide, so that every seed and every method is judged on the same
    development set, and are taken until each class has given its share of videos.

    Args:
        domain: Name of the domain.
        videos: Class -> video -> its unit (:func:`unit`).
        share: 0 up to below 1, of the videos of every class, rounded up.

    Returns:
        The units that do not train.

    Raises:
        ValueError: A class would be left without training videos.

    Example:
        >>> videos = dict(real={f"r{i}": f"subject {i}" for i in range(10)}, spoof={f"s{i}": f"subject {i}" for i in range(10)})
        >>> len(held_out_units("M", videos, 0.25))
        3
    """
    if not share:
        return set()
    order = sorted({u for own in videos.values() for u in own.values()}, key=lambda u: hash_order(f"{domain}/{u}"))
    wanted = {name: math.ceil(share * len(own)) for name, own in videos.items()}
    sizes = {name: Counter(own.values()) for name, own in videos.items()}
    chosen: set[str] = set()
    for u in order:
        if all(count <= 0 for count in wanted.values()):
            break
        chosen.add(u)
        for name in wanted:
            wanted[name] -= sizes[name][u]
    for name, own in videos.items():
        if chosen.issuperset(own.values()):
            raise ValueError(
                f"run.holdout={share} leaves no {name} videos of domain {domain} to train on: its {len(own)} belong to "
                f"{len(set(own.values()))} subject(s). Use a smaller share."
            )
    return chosen
