# SPDX-License-Identifier: Apache-2.0
"""Refuse a checkpoint that does not fit the model, where mmengine would only warn."""

from __future__ import annotations

from pathlib import Path

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from .weights_fit import activation, check_fit, unwrap


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Compares names, shapes and activation before the weights are copied (``load_from``, ``--resume``, ``tools/test.py``).

    Raises:
        ValueError: A weight is missing, unknown, or of another shape: the file is another method's, another
            backbone's, or no checkpoint of flip_mm at all. Or the weights were trained with the other of GELU and QuickGELU.
    """

    priority = "VERY_HIGH"

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store the activation, which names and shapes do not tell, and the name of the config."""
        if runner.cfg.filename:
            checkpoint["meta"]["config_file"] = Path(runner.cfg.filename).name
        checkpoint["meta"]["quick_gelu"] = activation(unwrap(runner.model))

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Called by the runner between reading the file and filling the model."""
        check_fit(unwrap(runner.model), checkpoint)
