# SPDX-License-Identifier: Apache-2.0
"""Marks of results in every table: target images in training or test, depth maps, no auxiliary data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flip_mm.datasets.protocols import AUXILIARY
from flip_mm.datasets.sets import DATA_SETS

from .provenance import TEST_TIME, UNLABELLED

if TYPE_CHECKING:
    from .results import Result

DEPTH = "needs depth maps"


def saw_unlabelled(which: str) -> str:
    """Return the mark of a training on unlabelled target images.

    Args:
        which: Their list, ``'train'`` or ``'test'``, or another text.

    Example:
        >>> saw_unlabelled("test"), saw_unlabelled("unknown list")
        ("saw the target's test images without labels", 'saw target images without labels (unknown list)')
    """
    if which in UNLABELLED:
        return f"saw the target's {which} images without labels"
    return f"saw target images without labels ({which})"


def target_marks(result: Result) -> list[str]:
    """Return the marks of a result for target images in training or test, and for depth maps.

    Args:
        result: A result of a record.
    """
    known = result.provenance
    found = [f"saw {known.shots} labelled target images per class"] if known.shots else []
    found += [saw_unlabelled(known.unlabelled)] if known.unlabelled else []
    found += [TEST_TIME] if result.test_time else []
    return found + ([needs_depth(result.depth)] if result.depth else [])


def needs_depth(source: str) -> str:
    """Return the mark of a training on depth maps, with their source."""
    return f"{DEPTH}: {source}" if source else DEPTH


def without_aux(protocol: str) -> str:
    """Return the mark of a training without the auxiliary data of its protocol; ``''`` if the protocol has none.

    Example:
        >>> without_aux("p1"), without_aux("intra")
        ('without CelebA-Spoof', '')
    """
    domains = AUXILIARY.get(protocol, ())
    return f"without {', '.join(DATA_SETS[domain].title for domain in domains)}" if domains else ""
