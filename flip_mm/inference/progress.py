# SPDX-License-Identifier: Apache-2.0
"""A progress bar for long inputs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")
# Seconds without a bar.
DELAY = 2


def with_progress(items: Iterable[Item], total: int | None = None) -> Iterable[Item]:
    """Show a progress bar on stderr if that is a terminal and it takes longer than two seconds.

    Args:
        items: What to iterate over.
        total: Number of items; None if unknown.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        return items
    try:
        from tqdm import tqdm
    except ImportError:
        return items
    return tqdm(items, total=total, delay=DELAY, unit=" pictures", file=sys.stderr, leave=False)
