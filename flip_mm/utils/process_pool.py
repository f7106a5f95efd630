# SPDX-License-Identifier: Apache-2.0
"""Start processes that use OpenCV, and make sure that they end."""

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
    """Start processes with one OpenCV thread each, which end when this process ends, also after a signal or a kill.

    From now on OpenCV has one thread in this process, too. When the block ends, tasks that have not started are cancelled.

    Args:
        workers: Number of processes.
        initializer: Called first in each process.
        *arguments: Arguments of ``initializer``.
    """
    # Ends OpenCV's threads: a forked process does not have them and would wait for them forever.
    cv2.setNumThreads(1)
    # A spawned process would import torch again, which takes longer than the work for a small data set.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(workers, context, _start, (initializer, arguments))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _start(initializer: Callable[..., None] | None, arguments: tuple) -> None:
    # The parent handles Ctrl-C and ends the pool.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_after, args=(multiprocessing.parent_process(),), daemon=True).start()
    cv2.setNumThreads(1)
    if initializer:
        initializer(*arguments)


def _exit_after(parent: Any) -> None:
    # join() waits for a pipe, which the system closes when the parent ends in any way.
    parent.join()
    os._exit(1)
