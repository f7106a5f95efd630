# SPDX-License-Identifier: Apache-2.0
"""Pass losses to the log when they are needed, not in each iteration."""

from __future__ import annotations

import torch
from mmengine.hooks import RuntimeInfoHook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from .loss_reading import losses_are_read


@HOOKS.register_module()
class DeferredInfoHook(RuntimeInfoHook):
    """mmengine's ``RuntimeInfoHook``, but losses stay on the device until a log line, a checkpoint or a validation.

    mmengine reads every loss in every iteration (``.item()``), and each time waits for the device. The log contains the same
    values. Hooks that read ``message_hub.get_scalar("train/loss")`` in each iteration need mmengine's hook.
    """

    def __init__(self) -> None:
        self._unread: list[dict] = []

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: dict | None = None
    ) -> None:
        """Store the losses; read all stored losses if they are needed now."""
        if isinstance(outputs, dict):
            losses = {name: value.detach() if isinstance(value, torch.Tensor) else value for name, value in outputs.items()}
            self._unread.append(losses)
        if losses_are_read(runner, batch_idx):
            self._read(runner)

    def before_val(self, runner: Runner) -> None:
        """Read the stored losses."""
        self._read(runner)
        super().before_val(runner)

    def after_train(self, runner: Runner) -> None:
        """Read the stored losses."""
        self._read(runner)
        super().after_train(runner)

    def _read(self, runner: Runner) -> None:
        unread, self._unread = self._unread, []
        for outputs in unread:
            super().after_train_iter(runner, 0, outputs=outputs)
