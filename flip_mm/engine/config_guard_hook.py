# SPDX-License-Identifier: Apache-2.0
"""Refuse settings of a config that mmengine would ignore."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmpretrain.registry import HOOKS

from flip_mm.config_checks.check_config import check_config
from flip_mm.config_checks.needs import check_samples
from flip_mm.config_checks.training_checks import check_training


@HOOKS.register_module()
class ConfigGuardHook(Hook):
    """Checks the config before a training or test starts, with any tool.

    See :func:`~flip_mm.config_checks.check_config.check_config`; before a training
    :func:`~flip_mm.config_checks.training_checks.check_training` as well.
    """

    priority = "VERY_HIGH"

    def before_run(self, runner: Runner) -> None:
        """Check the config."""
        check_config(runner.cfg)
        if isinstance(runner._train_loop, BaseLoop):
            check_training(runner.cfg)
            dataset = getattr(getattr(runner._train_loop, "dataloader", None), "dataset", None)
            check_samples(runner.cfg.get("model") or {}, getattr(dataset, "data_list", ()))
