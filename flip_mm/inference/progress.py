# SPDX-License-Identifier: Apache-2.0
"""A progress bar for long inputs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
# Seconds without a bar.
DELAY = 2


def with_progress(items: Iterable[Item], count: Callable[[], int | None] = lambda: None) -> Iterable[Item]:
    """Show a progress bar on stderr if that is a terminal and it takes longer than two seconds.

    Args:
        items: What to iterate over.
        count: Returns the number of items, None if unknown; called only if there is a bar.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        return items
    try:
        from tqdm import tqdm
    except ImportError:
        return items
    return tqdm(items, total=count(), delay=DELAY, unit=" pictures", file=sys.stderr, leave=False)
