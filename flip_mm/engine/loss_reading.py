# SPDX-License-Identifier: Apache-2.0
"""Decide when losses are read from the device. Reading waits for the device, so it is not done in each iteration."""

from __future__ import annotations

from mmengine.hooks import CheckpointHook, LoggerHook
from mmengine.runner import Runner

# If nothing is logged or saved.
AT_LEAST_EVERY = 50


def losses_are_read(runner: Runner, batch_idx: int) -> bool:
    """Return whether a log line or a checkpoint follows this iteration, or it is the last one.

    Args:
        runner: The runner in ``after_train_iter``, where ``runner.iter`` does not count this iteration yet.
        batch_idx: Argument of the hook.
    """
    if (runner.iter + 1) % AT_LEAST_EVERY == 0 or is_saved(runner, batch_idx):
        return True
    loggers = _hooks(runner, LoggerHook)
    return any(hook.every_n_inner_iters(batch_idx, hook.interval) or _ends_epoch(runner, batch_idx) for hook in loggers)


def is_saved(runner: Runner, batch_idx: int) -> bool:
    """Return whether a checkpoint may follow this iteration; same arguments as :func:`losses_are_read`."""
    if runner.iter + 1 >= runner.max_iters:
        return True
    return any(
        _ends_epoch(runner, batch_idx) if hook.by_epoch else hook.every_n_train_iters(runner, hook.interval, hook.save_begin)
        for hook in _hooks(runner, CheckpointHook)
    )


def _hooks(runner: Runner, kind: type) -> list:
    return [hook for hook in runner.hooks if isinstance(hook, kind)]


def _ends_epoch(runner: Runner, batch_idx: int) -> bool:
    loader = runner.train_dataloader
    return hasattr(loader, "__len__") and batch_idx + 1 == len(loader)
