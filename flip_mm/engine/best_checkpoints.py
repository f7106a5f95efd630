# SPDX-License-Identifier: Apache-2.0
"""Find the best checkpoints of a training so far."""

from __future__ import annotations

import re
from pathlib import Path

from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner


def best_paths(runner: Runner) -> dict[str, str | None]:
    """Return, for each metric of ``save_best``, the path of its best checkpoint so far, in the order of the config."""
    hook = next((hook for hook in runner.hooks if isinstance(hook, CheckpointHook) and hook.save_best), None)
    if hook is None:
        return {}
    info = runner.message_hub.runtime_info
    if len(hook.key_indicators) == 1:
        return {hook.key_indicators[0]: info.get("best_ckpt")}
    return {metric: info.get(f"best_ckpt_{metric}") for metric in hook.key_indicators}


def number_of(path: str) -> int | None:
    """Return the iteration or epoch at the end of a checkpoint's name.

    Example:
        >>> number_of("work/best_target_HTER_iter_400.pth")
        400
    """
    digits = re.search(r"\d+$", Path(path).stem)
    return int(digits[0]) if digits else None
