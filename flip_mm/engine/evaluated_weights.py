# SPDX-License-Identifier: Apache-2.0
"""Tell which weights are evaluated: with an ``EMAHook`` a training has the raw weights and their moving average."""

from __future__ import annotations

from collections.abc import Mapping

from mmengine.hooks import EMAHook
from mmengine.runner import Runner

RAW, EMA = "raw", "ema"
KEY = "weights"


def average_hook(runner: Runner) -> EMAHook | None:
    """Return the training's ``EMAHook``, mmengine's or MMPretrain's."""
    return next((hook for hook in runner.hooks if isinstance(hook, EMAHook)), None)


def validated_weights(runner: Runner) -> str:
    """Return which weights the metrics of a validation belong to.

    MMPretrain's ``evaluate_on_origin`` adds a second evaluation, of the raw weights, which is only logged.

    Returns:
        ``'ema'`` or ``'raw'``.
    """
    hook = average_hook(runner)
    return EMA if hook is not None and getattr(hook, "evaluate_on_ema", True) else RAW


def evaluates_twice(hook: EMAHook | None) -> bool:
    """Return whether a hook evaluates the raw weights in addition to the average."""
    return getattr(hook, "evaluate_on_origin", False) and getattr(hook, "evaluate_on_ema", False)


def tested_weights(runner: Runner, checkpoint: Mapping) -> str:
    """Return which weights are tested after a checkpoint was loaded.

    A training with an ``EMAHook`` stores the average as ``state_dict`` and the raw weights as ``ema_state_dict``; only a config
    with ``EMAHook(evaluate_on_ema=False)`` swaps them back.

    Returns:
        ``'ema'`` or ``'raw'``.
    """
    if "ema_state_dict" not in checkpoint:
        return EMA if checkpoint.get("meta", {}).get(KEY) == EMA else RAW
    return EMA if average_hook(runner) is None else validated_weights(runner)


def check_average(runner: Runner) -> None:
    """Refuse to choose the best checkpoint by metrics of weights that it does not contain.

    Raises:
        ValueError: Only the raw weights are validated, and ``save_best`` stores the average.
    """
    best = ((runner.cfg.get("default_hooks") or {}).get("checkpoint") or {}).get("save_best")
    if best and runner.val_loop is not None and average_hook(runner) is not None and validated_weights(runner) == RAW:
        raise ValueError(
            "custom_hooks: EMAHook(evaluate_on_ema=False) validates the raw weights, and checkpoints contain the average: the "
            "best one would be chosen by metrics of other weights. Remove evaluate_on_ema (evaluate_on_origin=True also logs "
            "the metrics of the raw weights), or set default_hooks.checkpoint.save_best=None."
        )
