# SPDX-License-Identifier: Apache-2.0
"""Find the best checkpoints of a training so far."""

from __future__ import annotations

import re
from pathlib import Path

from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner


def best_paths(runner: Runner) -> dict[str, str | None]:
    """Return, for each metric of ``save_best``, the path of its best checkpoint so far, in the order of the config."""
    return {metric: path for metric, (_, path) in best_so_far(runner).items()}


def best_so_far(runner: Runner) -> dict[str, tuple[float | None, str | None]]:
    """Return, for each metric of ``save_best``, its best value and the path of that checkpoint; None before the first one."""
    hook = next((hook for hook in runner.hooks if isinstance(hook, CheckpointHook) and hook.save_best), None)
    if hook is None:
        return {}
    info, metrics = runner.message_hub.runtime_info, hook.key_indicators
    # mmengine adds the name of the metric only if there are several.
    ends = {metric: "" if len(metrics) == 1 else f"_{metric}" for metric in metrics}
    return {metric: (info.get(f"best_score{end}"), info.get(f"best_ckpt{end}")) for metric, end in ends.items()}


def number_of(path: str) -> int | None:
    """Return the iteration or epoch at the end of a checkpoint's name.

    Example:
        >>> number_of("work/best_target_HTER_iter_400.pth")
        400
    """
    digits = re.search(r"\d+$", Path(path).stem)
    return int(digits[0]) if digits else None
