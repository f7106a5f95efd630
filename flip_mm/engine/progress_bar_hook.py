# SPDX-License-Identifier: Apache-2.0
"""Show a progress bar on a terminal, otherwise a few lines."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS
from tqdm.contrib.logging import logging_redirect_tqdm

from .console.printing import show
from .console.progress import Progress


@HOOKS.register_module()
class ProgressBarHook(Hook):
    """Shows steps, losses and remaining time of training, validation and test, in the main process.

    If the output is a file or a pipe, it writes lines instead of a bar, see :class:`~flip_mm.engine.console.progress.Progress`.
    """

    priority = "VERY_LOW"

    def __init__(self) -> None:
        self._training: Progress | None = None
        self._evaluation: Progress | None = None
        self._redirect: Any = None

    def before_train(self, runner: Runner) -> None:
        """Start counting."""
        self._training = self._count(runner, "train", runner.max_iters, runner.iter, parts=5)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: dict | None = None
    ) -> None:
        """Advance by one."""
        if self._training is not None:
            self._training.advance(lambda: losses(outputs or {}))

    def after_train(self, runner: Runner) -> None:
        """End."""
        if self._training is not None:
            self._training.close()
            self._training = None
            self._close()

    def before_val_epoch(self, runner: Runner) -> None:
        """Start counting a validation outside of a training."""
        if self._training is None:
            self._evaluation = self._count(runner, "validate", len(runner.val_dataloader))

    def after_val_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: Any = None) -> None:
        """Advance by one."""
        if self._training is not None:
            self._training.remark(f"validation {batch_idx + 1}/{len(runner.val_dataloader)}")
        elif self._evaluation is not None:
            self._evaluation.advance()

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """End."""
        if self._training is not None:
            self._training.remark("")
        self._end_evaluation()

    def before_test_epoch(self, runner: Runner) -> None:
        """Start counting a test."""
        self._evaluation = self._count(runner, "test", len(runner.test_dataloader))

    def after_test_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: Any = None) -> None:
        """Advance by one."""
        if self._evaluation is not None:
            self._evaluation.advance()

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """End."""
        self._end_evaluation()

    def _count(self, runner: Runner, name: str, total: int, done: int = 0, parts: int = 0) -> Progress | None:
        if not is_main_process():
            return None
        self._open(runner)
        return Progress(name, total, done, lambda text: show(runner.logger, text), parts)

    def _end_evaluation(self) -> None:
        if self._evaluation is not None:
            self._evaluation.close()
            self._evaluation = None
            self._close()

    def _open(self, runner: Runner) -> None:
        """Print log lines above the bar."""
        if not sys.stderr.isatty():
            return
        before = runner.logger.handlers
        self._redirect = logging_redirect_tqdm(loggers=[runner.logger])
        self._redirect.__enter__()
        # tqdm's handler, the last one, replaces the console's. It does not copy the level, and old versions no filters.
        for handler in set(before) - set(runner.logger.handlers):
            runner.logger.handlers[-1].setLevel(handler.level)
            runner.logger.handlers[-1].filters = handler.filters

    def _close(self) -> None:
        if self._redirect is not None:
            self._redirect.__exit__(None, None, None)
            self._redirect = None


def losses(outputs: Mapping[str, Any]) -> str:
    """Format the losses of a training step."""
    values = {name: torch.as_tensor(value).detach() for name, value in outputs.items()}
    return "  ".join(f"{name}={value.item():.3f}" for name, value in values.items() if value.numel() == 1)
