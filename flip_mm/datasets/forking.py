# SPDX-License-Identifier: Apache-2.0
"""How processes that work with OpenCV are started."""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing.context import BaseContext

import cv2


def pool_context() -> BaseContext:
    """The context of a pool; OpenCV has one thread from here on."""
    # Ends OpenCV's threads: a forked process, which has none of them, would wait for them without end.
    cv2.setNumThreads(1)
    # A spawned process would import torch again, which takes longer than a small data set.
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
