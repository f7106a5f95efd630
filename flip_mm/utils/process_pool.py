# SPDX-License-Identifier: Apache-2.0
"""How processes that work with OpenCV are started, and how they end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import cv2


@contextmanager
def process_pool(
    workers: int, initializer: Callable[..., None] | None = None, *arguments: Any
) -> Iterator[ProcessPoolExecutor]:
    """Processes with one OpenCV thread each, which end with this one, also when a signal or a kill ends it.

    OpenCV has one thread in this process as well from here on. When the block ends, what has not begun is dropped.

    Args:
        workers: How many.
        initializer: Called in each of them first.
        *arguments: For ``initializer``.
    """
    # Ends OpenCV's threads: a forked process, which has none of them, would wait for them without end.
    cv2.setNumThreads(1)
    # A spawned process would import torch again, which takes longer than a small data set.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(workers, context, _start, (initializer, arguments))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _start(initializer: Callable[..., None] | None, arguments: tuple) -> None:
    # Ctrl-C is for the parent, which ends the pool; without a parent there is nothing to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()
    cv2.setNumThreads(1)
    if initializer:
        initializer(*arguments)


def _end_with(parent: Any) -> None:
    # It waits for a pipe, which the system closes however the parent ends.
    parent.join()
    os._exit(1)
