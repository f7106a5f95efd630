# SPDX-License-Identifier: Apache-2.0
"""Pass losses on to the log when they are needed, not in each iteration."""

from __future__ import annotations

import torch
from mmengine.hooks import RuntimeInfoHook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from .loss_reading import losses_are_read


@HOOKS.register_module()
class DeferredInfoHook(RuntimeInfoHook):
    """mmengine's ``RuntimeInfoHook``, but the losses stay on the device until a log line, a checkpoint or a validation.

    mmengine reads every loss of every iteration (``.item()``), and each reading waits until the device has done all its work.
    The log holds the same values. Hooks that read ``message_hub.get_scalar("train/loss")`` in each iteration need mmengine's.
    """

    def __init__(self) -> None:
        self._waiting: list[dict] = []

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: dict | None = None
    ) -> None:
        """Keep the losses; read all that are kept where they are needed."""
        if isinstance(outputs, dict):
            kept = {name: value.detach() if isinstance(value, torch.Tensor) else value for name, value in outputs.items()}
            self._waiting.append(kept)
        if losses_are_read(runner, batch_idx):
            self._read(runner)

    def before_val(self, runner: Runner) -> None:
        """Read what is left."""
        self._read(runner)
        super().before_val(runner)

    def after_train(self, runner: Runner) -> None:
        """Read what is left."""
        self._read(runner)
        super().after_train(runner)

    def _read(self, runner: Runner) -> None:
        waiting, self._waiting = self._waiting, []
        for outputs in waiting:
            super().after_train_iter(runner, 0, outputs=outputs)
