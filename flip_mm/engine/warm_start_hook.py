# SPDX-License-Identifier: Apache-2.0
"""Start a training with the weights of another method's checkpoint that fit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmpretrain.registry import HOOKS, MODELS
from torch import Tensor, nn

from .weights_fit import Fit, compare, state_of, unwrap

KEY = "warm_start"
# Of backbones that know CLIP's weight files: whether they were built without their own for a checkpoint to come.
WAITS = "awaits_checkpoint"


@HOOKS.register_module()
class WarmStartHook(Hook):
    """``load_from`` takes the weights that fit the model; without this hook all must fit.

    For another method's checkpoint (FLIP-IT -> FLIP-MCL), for a backbone's weights, or for CLIP's own in any form that
    ``model.backbone.pretrained`` reads. Weights that the file lacks, or has in another shape, stay what the config makes them:
    random, or those of ``pretrained`` or ``init_cfg``. What was loaded and what was not is logged. Tests and resumed trainings
    load as without this hook.

    In a config ``default_hooks = dict(warm_start=dict(type="WarmStartHook"))``, on the command line
    ``--cfg-options load_from=FILE default_hooks.warm_start.type=WarmStartHook``.

    ``runner.message_hub.get_info("warm_start")`` holds the name of the file and the names of weights as plain data:
    ``dict(file=, loaded=[...], missing=[...], unknown=[...], reshaped=[...])``, also in the checkpoints of the training and
    after a resume.

    Raises:
        ValueError: Not one weight of the file fits, or it has none of the model's names and is no weight file of its CLIP.
    """

    # Before the comparison of all weights, and before EMA copies them.
    priority = "HIGHEST"

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Make the checkpoint a whole one: what it lacks is taken from the model."""
        if runner._resume or not isinstance(runner._train_loop, BaseLoop):
            return
        path, model = runner._load_from, unwrap(runner.model)
        own = model.state_dict()
        file = _named_as(model, state_of(checkpoint), runner.cfg, path)
        fit = compare(own, file)
        if not fit.fitting:
            raise ValueError(f"load_from='{path}': not one of its {len(file)} weights fits {type(model).__name__}: {fit}.")
        kept = _initial(model, own, fit, runner.cfg)
        checkpoint["state_dict"] = {name: file[name] if name in {*fit.fitting} else kept[name] for name in own}
        told = f"; {fit}. What the model has and the file has not stays as the config makes it" if str(fit) else ""
        runner.logger.info(f"Warm start: {len(fit.fitting)} of {len(own)} weights are loaded from {path}{told}.")
        names = dict(loaded=fit.fitting, missing=fit.missing, unknown=fit.unknown, reshaped=list(fit.reshaped))
        runner.message_hub.update_info(KEY, dict(file=Path(path).name, **names))


def _named_as(model: nn.Module, file: Mapping[str, Any], cfg: Config, path: str) -> Mapping[str, Any]:
    """The weights of a file under a model's names."""
    if compare(model.state_dict(), file).fitting:
        return file
    if hasattr(getattr(model, "backbone", None), WAITS):
        try:
            file = MODELS.build({**cfg.model.backbone, "pretrained": path}).state_dict()
        except ValueError as error:
            raise ValueError(f"load_from: no weight has a name of the model, and as CLIP's own file: {error}") from error
    return {f"backbone.{name}": value for name, value in file.items()}


def _initial(model: nn.Module, own: Mapping[str, Tensor], fit: Fit, cfg: Config) -> Mapping[str, Tensor]:
    """The weights that a model has without the file.

    A backbone that was built for a checkpoint has not read its own ones: they are then taken from a second model.
    """
    waiting = [f"{name}." for name, part in model.named_modules() if getattr(part, WAITS, False)]
    if any(name.startswith(prefix) for name in (*fit.missing, *fit.reshaped) for prefix in waiting):
        fresh = MODELS.build(cfg.model).state_dict()
        return {name: fresh[name] if name.startswith(tuple(waiting)) else value for name, value in own.items()}
    return own
