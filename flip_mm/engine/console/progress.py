# SPDX-License-Identifier: Apache-2.0
"""Show the progress of a training or test, and the remaining time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from tqdm import tqdm

# Seconds between two updates of the losses in the bar: reading them waits for the device.
READ_EVERY = 1.0
# Without a terminal, the longest time between two lines: seconds, or a share of the time so far if that is longer.
LINE_EVERY, LINE_SHARE = 180.0, 0.2


class Progress:
    """Draws a bar on a terminal. Otherwise writes lines: a few at equal distances, and more if these take minutes.

    Args:
        name: Name of the work, e.g. ``'train'``.
        total: Number of steps.
        done: Steps that are already done.
        write: Called with each line.
        parts: Number of lines at equal distances.
    """

    def __init__(self, name: str, total: int, done: int, write: Callable[[str], None], parts: int = 5) -> None:
        self.name, self.total, self.done = name, total, done
        self._first = done
        self._write = write
        self._each = max(total // parts, 1) if parts else total + 1
        self._start = self._last = time.monotonic()
        self._bar = None
        if sys.stderr.isatty():
            self._bar = tqdm(total=total, initial=done, desc=name, unit="it", dynamic_ncols=True)

    def advance(self, describe: Callable[[], str] = str) -> None:
        """Count one step.

        Args:
            describe: Returns the text after the count; called only if it is shown.
        """
        self.done += 1
        now, is_end = time.monotonic(), self.done == self.total
        if self._bar is not None:
            if is_end or now - self._last >= READ_EVERY:
                self._bar.set_postfix_str(describe(), refresh=False)
                self._last = now
            self._bar.update()
        elif self.done % self._each == 0 or self._is_late(now):
            self._last = now
            left = (self.total - self.done) * (now - self._start) / (self.done - self._first)
            parts = (f"{self.name} {self.done}/{self.total}", describe(), f"{tqdm.format_interval(left)} left")
            self._write("  ".join(part for part in parts if part))

    def remark(self, text: str) -> None:
        """Show what happens between two steps; '' when it is finished. A second bar would have to move the cursor."""
        now = time.monotonic()
        if self._bar is not None:
            if not text or now - self._last >= READ_EVERY:
                self._bar.set_description_str(f"{self.name}, {text}" if text else self.name)
                self._last = now
        elif text and self._is_late(now):
            self._write(text)
            self._last = now

    def _is_late(self, now: float) -> bool:
        return now - self._last >= max(LINE_EVERY, LINE_SHARE * (now - self._start))

    def close(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
