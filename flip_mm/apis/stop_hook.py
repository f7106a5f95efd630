# SPDX-License-Identifier: Apache-2.0
"""Stop a run between two iterations if the signal's ``KeyboardInterrupt`` was dropped."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from .interruption import Stop


class StopHook(Hook):
    """Raises ``KeyboardInterrupt`` before and after an iteration if a signal came.

    Args:
        stop: From :func:`~flip_mm.apis.interruption.interruptible`.
    """

    def __init__(self, stop: Stop) -> None:
        self.stop = stop

    def _before_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        self.stop.check()

    def _after_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        self.stop.check()
