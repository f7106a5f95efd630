# SPDX-License-Identifier: Apache-2.0
"""A progress bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm


@HOOKS.register_module()
class ProgressBarHook(Hook):
    """Shows iterations, speed, time left and losses while training, on a terminal only.

    Where the output is a file or a pipe, mmengine's plain log lines are all there is; they carry the time left as well.
    """

    priority = "VERY_LOW"

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._redirect = None

    def before_train(self, runner: Runner) -> None:
        """Open the bar and let log lines pass above it."""
        if not (sys.stderr.isatty() and is_main_process()):
            return
        self._bar = tqdm(total=runner.max_iters, initial=runner.iter, desc="train", unit="it", dynamic_ncols=True)
        self._redirect = logging_redirect_tqdm(loggers=[runner.logger])
        self._redirect.__enter__()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: dict | None = None
    ) -> None:
        """Advance by one; the losses are read every tenth iteration, each read waits for the device."""
        if self._bar is None:
            return
        self._bar.update()
        if self._bar.n % 10 == 0:
            self._bar.set_postfix({k: f"{float(v.detach()):.3f}" for k, v in (outputs or {}).items()}, refresh=False)

    def after_train(self, runner: Runner) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._redirect.__exit__(None, None, None)
            self._bar = None
