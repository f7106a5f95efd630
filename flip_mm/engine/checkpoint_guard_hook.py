# SPDX-License-Identifier: Apache-2.0
"""Refuse a checkpoint that does not fit the model, where mmengine would only warn."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS
from torch import nn

NAMED = 4


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Compares names, shapes and activation before the weights are copied (``load_from``, ``--resume``, ``tools/test.py``).

    Raises:
        ValueError: A weight is missing, unknown, or of another shape: the file is another method's, another
            backbone's, or no checkpoint of flip_mm at all. Or the weights were trained with the other of GELU and QuickGELU.
    """

    priority = "VERY_HIGH"

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store the activation, which names and shapes do not tell."""
        checkpoint["meta"]["quick_gelu"] = getattr(_unwrap(runner.model).backbone, "quick_gelu", None)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Called by the runner between reading the file and filling the model."""
        model = _unwrap(runner.model)
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
                + (
                    "\nIt is a deployed model: set model.deploy=True."
                    if "class_embeddings" in file and "class_embeddings" not in own
                    else "\nUse the config that it was trained with. CLIP's own weights belong in model.backbone.pretrained."
                )
            )
        trained = checkpoint.get("meta", {}).get("quick_gelu")
        used = getattr(model.backbone, "quick_gelu", None)
        if None not in (trained, used) and trained != used:
            raise ValueError(
                f"The checkpoint was trained with {_activation(trained)} and the towers of this config use "
                f"{_activation(used)}: set model.backbone.quick_gelu={trained}"
                + ("." if trained else ", and an arch without it (without '-quickgelu').")
            )


def _unwrap(model: nn.Module) -> nn.Module:
    """The FLIP inside of wrappers: processes, test-time augmentation, or both."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


def _activation(quick_gelu: bool) -> str:
    return "QuickGELU" if quick_gelu else "GELU"
