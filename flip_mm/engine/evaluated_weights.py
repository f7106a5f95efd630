# SPDX-License-Identifier: Apache-2.0
"""Whose weights an evaluation belongs to: with an ``EMAHook`` a training has two sets, its own and their moving average."""

from __future__ import annotations

from collections.abc import Mapping

from mmengine.hooks import EMAHook
from mmengine.runner import Runner

RAW, EMA = "raw", "ema"
KEY = "weights"


def average_hook(runner: Runner) -> EMAHook | None:
    """The training's ``EMAHook``, mmengine's or MMPretrain's."""
    return next((hook for hook in runner.hooks if isinstance(hook, EMAHook)), None)


def validated_weights(runner: Runner) -> str:
    """Whose weights a validation's metrics belong to.

    MMPretrain's ``evaluate_on_origin`` adds a second evaluation, of the raw weights, which goes to the log alone.

    Returns:
        ``'ema'`` or ``'raw'``.
    """
    hook = average_hook(runner)
    return EMA if hook is not None and getattr(hook, "evaluate_on_ema", True) else RAW


def evaluates_twice(hook: EMAHook | None) -> bool:
    """Whether a hook adds an evaluation of the raw weights to each one of the average."""
    return getattr(hook, "evaluate_on_origin", False) and getattr(hook, "evaluate_on_ema", False)


def tested_weights(runner: Runner, checkpoint: Mapping) -> str:
    """Whose weights are tested after a checkpoint was loaded.

    A training with an ``EMAHook`` stores the average as ``state_dict`` and the raw weights as ``ema_state_dict``; only a config
    with ``EMAHook(evaluate_on_ema=False)`` exchanges them again.

    Returns:
        ``'ema'`` or ``'raw'``.
    """
    if "ema_state_dict" not in checkpoint:
        return EMA if checkpoint.get("meta", {}).get(KEY) == EMA else RAW
    return EMA if average_hook(runner) is None else validated_weights(runner)


def check_average(runner: Runner) -> None:
    """Refuse a choice of the best checkpoint by weights that it does not hold.

    Raises:
        ValueError: The raw weights alone are validated, and ``save_best`` stores the average.
    """
    best = ((runner.cfg.get("default_hooks") or {}).get("checkpoint") or {}).get("save_best")
    if best and runner.val_loop is not None and average_hook(runner) is not None and validated_weights(runner) == RAW:
        raise ValueError(
            "custom_hooks: EMAHook(evaluate_on_ema=False) validates the raw weights, and checkpoints hold the average: the "
            "best would be chosen by weights that it does not hold. Leave evaluate_on_ema out (evaluate_on_origin=True logs "
            "the raw weights' values, too), or set default_hooks.checkpoint.save_best=None."
        )
