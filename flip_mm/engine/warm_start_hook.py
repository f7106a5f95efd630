# SPDX-License-Identifier: Apache-2.0
"""Start a training with those weights of another checkpoint that fit the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmpretrain.registry import HOOKS, MODELS
from torch import Tensor, nn

from .checks.weights_fit import Fit, compare, state_of, unwrap
from .console.printing import show

KEY = "warm_start"
# Attribute of backbones that read CLIP's weight files: True if they were built without weights, to load a checkpoint later.
WAITS = "awaits_checkpoint"


@HOOKS.register_module()
class WarmStartHook(Hook):
    """Lets ``load_from`` load only the weights that fit the model; without this hook all must fit.

    It takes another method's checkpoint (FLIP-IT -> FLIP-MCL), a backbone's weights, or CLIP's weights in any form that
    ``model.backbone.pretrained`` reads. Weights that are missing in the file, or have another shape, are initialised as the
    config says: random, or from ``pretrained`` or ``init_cfg``. The log says which weights were loaded. The hook does not
    change tests and resumed trainings.

    In a config ``default_hooks = dict(warm_start=dict(type="WarmStartHook"))``, on the command line
    ``--cfg-options load_from=FILE default_hooks.warm_start.type=WarmStartHook``.

    ``runner.message_hub.get_info("warm_start")`` holds the name of the file and the names of weights as plain data:
    ``dict(file=, loaded=[...], missing=[...], unknown=[...], reshaped=[...])``. Checkpoints contain it, too.

    Args:
        parts: Names of modules, such as ``["head"]``, that take weights of the file; None for all.
        copies: Module of the model -> module of the file that gives its weights, in addition to modules of the same name:
            ``{"source.backbone": "backbone"}``.

    Raises:
        ValueError: No weight of the file fits, or it has none of the model's names and is no weight file of its CLIP.
    """

    # Before the guard compares all weights, and before EMA copies them.
    priority = "HIGHEST"

    def __init__(self, parts: Sequence[str] | None = None, copies: Mapping[str, str] | None = None) -> None:
        self.parts = parts
        self.copies = dict(copies or {})

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Complete the checkpoint with the weights of the model that it does not contain."""
        if runner._resume or not isinstance(runner._train_loop, BaseLoop):
            return
        path, model = runner._load_from, unwrap(runner.model)
        state = model.state_dict()
        file = _named_as(model, state_of(checkpoint), runner.cfg, path)
        if self.parts is not None:
            file = {name: value for name, value in file.items() if name.startswith(tuple(f"{part}." for part in self.parts))}
        file = {**_copied(file, self.copies), **file}
        fit = compare(state, file)
        if not fit.fitting:
            raise ValueError(f"load_from='{path}': none of its {len(file)} weights fits {type(model).__name__}: {fit}.")
        kept = _initial(model, state, fit, runner.cfg)
        checkpoint["state_dict"] = {name: file[name] if name in {*fit.fitting} else kept[name] for name in state}
        rest = f"; {fit}. All other weights of the model are initialised as the config says" if str(fit) else ""
        show(runner.logger, f"Warm start: {len(fit.fitting)} of {len(state)} weights are loaded from {path}{rest}.")
        names = dict(loaded=fit.fitting, missing=fit.missing, unknown=fit.unknown, reshaped=list(fit.reshaped))
        runner.message_hub.update_info(KEY, dict(file=Path(path).name, **names))


def _named_as(model: nn.Module, file: Mapping[str, Any], cfg: Config, path: str) -> Mapping[str, Any]:
    """The weights of a file with a model's names."""
    if compare(model.state_dict(), file).fitting:
        return file
    if hasattr(getattr(model, "backbone", None), WAITS):
        try:
            file = MODELS.build({**cfg.model.backbone, "pretrained": path}).state_dict()
        except ValueError as error:
            raise ValueError(
                f"load_from: no weight has a name of the model, and it is no weight file of its CLIP: {error}"
            ) from error
    return {f"backbone.{name}": value for name, value in file.items()}


def _copied(file: Mapping[str, Any], copies: Mapping[str, str]) -> dict[str, Any]:
    """Weights of a file under the names of other modules."""
    return {
        new + name.removeprefix(old): value
        for new, old in copies.items()
        for name, value in file.items()
        if name.startswith(f"{old}.")
    }


def _initial(model: nn.Module, state: Mapping[str, Tensor], fit: Fit, cfg: Config) -> Mapping[str, Tensor]:
    """The initial weights of a model.

    A backbone that was built to load a checkpoint has not read its pretrained weights: a second model reads them.
    """
    waiting = [f"{name}." for name, part in model.named_modules() if getattr(part, WAITS, False)]
    if any(name.startswith(prefix) for name in (*fit.missing, *fit.reshaped) for prefix in waiting):
        fresh = MODELS.build(cfg.model).state_dict()
        return {name: fresh[name] if name.startswith(tuple(waiting)) else value for name, value in state.items()}
    return state
