# SPDX-License-Identifier: Apache-2.0
"""What a method needs of a run and of its data, and what it does with the images of a test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Needs:
    """What a method needs; the class attribute ``needs`` of a model. A training without it is refused before it starts.

    Attributes:
        sources: Fewest labelled domains in training, sources and auxiliary ones.
        unlabelled: Whether it trains on unlabelled images of the target.
        depth: Whether it trains on depth maps.
        subjects: Whether it trains on identities of the subjects.
        test_time: Whether it adapts to the images that it is tested on. Tables mark such results.
    """

    sources: int = 1
    unlabelled: bool = False
    depth: bool = False
    subjects: bool = False
    test_time: bool = False


def check_domains(num_domains: int | None, least: int = 1) -> int:
    """Return the number of training domains.

    Raises:
        ValueError: It is missing, or below ``least``.
    """
    if num_domains is None:
        raise ValueError("model.num_domains is missing: the training's run sets it, or set it in the config.")
    if num_domains < least:
        raise ValueError(f"model.num_domains={num_domains} must be at least {least}: train on more domains, as in protocol p1.")
    return num_domains
