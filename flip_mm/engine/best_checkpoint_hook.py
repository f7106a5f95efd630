# SPDX-License-Identifier: Apache-2.0
"""Checkpoints, the later of two equally good ones being the best."""

from __future__ import annotations

from pathlib import Path

from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS


@HOOKS.register_module()
class BestCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook``, but on equal figures the **later** validation wins.

    This is how the published tables were made: of several validations with the lowest HTER the last one's AUC and TPR
    are reported.
    """

    rule_map = {"greater": lambda new, best: new >= best, "less": lambda new, best: new <= best}

    def before_train(self, runner: Runner) -> None:
        """Warn of an earlier training's best checkpoint, which this one would leave beside its own."""
        super().before_train(runner)
        left = sorted(path.name for path in Path(runner.work_dir).glob("best_*.pth"))
        if left and not runner.iter:
            runner.logger.warning(
                f"{runner.work_dir} holds {', '.join(left)} of an earlier training; use another --work-dir to keep them apart."
            )
