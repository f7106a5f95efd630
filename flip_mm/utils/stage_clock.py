# SPDX-License-Identifier: Apache-2.0
"""Measure the time of each stage of a program."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class StageClock:
    """Counts seconds by stage: ``'decode'``, ``'detect'``, ``'crop'``, ``'write'``.

    Example:
        >>> clock = StageClock()
        >>> with clock.stage("decode"):
        ...     pass
        >>> sorted(clock.seconds)
        ['decode']
    """

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - start
