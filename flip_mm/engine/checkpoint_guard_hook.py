# SPDX-License-Identifier: Apache-2.0
"""Refuse a checkpoint that does not fit the model, where mmengine would only warn."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

NAMED = 4


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Compares names and shapes before the weights are copied (``load_from``, ``--resume``, ``tools/test.py``).

    Raises:
        ValueError: A weight is missing, unknown, or of another shape: the file is another method's, another
            backbone's, or no checkpoint of flip_mm at all.
    """

    priority = "VERY_HIGH"

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Called by the runner between reading the file and filling the model."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        own = {name: tuple(v.shape) for name, v in model.state_dict().items()}
        state = checkpoint.get("state_dict", checkpoint)
        file = {name.removeprefix("module."): tuple(getattr(v, "shape", ())) for name, v in state.items()}
        problems = {
            "missing in the file": sorted(own.keys() - file.keys()),
            "unknown to the model": sorted(file.keys() - own.keys()),
            "of another shape": [
                f"{k} (file {file[k]}, model {own[k]})" for k in own.keys() & file.keys() if file[k] != own[k]
            ],
        }
        lines = [f"  {len(v)} {what}: {', '.join(v[:NAMED])}" for what, v in problems.items() if v]
        if lines:
            raise ValueError(
                f"The checkpoint does not fit {type(model).__name__} with {type(model.head).__name__} and "
                f"arch {model.backbone.arch!r}:\n"
                + "\n".join(lines)
                + "\nUse the config that it was trained with. CLIP's own weights belong in model.backbone.pretrained."
            )
