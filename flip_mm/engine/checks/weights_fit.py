# SPDX-License-Identifier: Apache-2.0
"""Check whether the weights of a checkpoint fit a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mmengine.model import BaseTTAModel, is_model_wrapper
from torch import nn

from flip_mm.utils.text import first_few

NAMED = 4
WARM_START = "default_hooks.warm_start.type=WarmStartHook"


class Fit(NamedTuple):
    """Names of weights in a file and a model.

    Attributes:
        fitting: In both, with the same shape.
        missing: Only in the model.
        unknown: Only in the file.
        reshaped: In both, with different shapes: (shape in the file, shape in the model).
    """

    fitting: list[str]
    missing: list[str]
    unknown: list[str]
    reshaped: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]

    def __str__(self) -> str:
        """Count and first names of what does not fit; empty if everything fits."""
        shapes = [f"{name} (file {file}, model {model})" for name, (file, model) in self.reshaped.items()]
        problems = {"missing in the file": self.missing, "unknown to the model": self.unknown, "of another shape": shapes}
        return "; ".join(f"{len(names)} {what}: {first_few(names, NAMED)}" for what, names in problems.items() if names)


def compare(model: Mapping[str, Any], file: Mapping[str, Any]) -> Fit:
    """Compare the names and shapes of two sets of weights.

    Args:
        model: Name -> tensor of a model.
        file: Name -> tensor of a file.

    Example:
        >>> from torch import zeros
        >>> print(compare(dict(a=zeros(2), b=zeros(3)), dict(a=zeros(2), b=zeros(4), c=zeros(1))))
        1 unknown to the model: c; 1 of another shape: b (file (4,), model (3,))
    """
    ours, theirs = ({name: tuple(getattr(value, "shape", ())) for name, value in state.items()} for state in (model, file))
    both = sorted(ours.keys() & theirs.keys())
    return Fit(
        fitting=[name for name in both if ours[name] == theirs[name]],
        missing=sorted(ours.keys() - theirs.keys()),
        unknown=sorted(theirs.keys() - ours.keys()),
        reshaped={name: (theirs[name], ours[name]) for name in both if ours[name] != theirs[name]},
    )


def check_fit(model: nn.Module, checkpoint: Mapping) -> None:
    """Refuse a checkpoint that does not fit a model in names, shapes or activation.

    Args:
        model: The model that will be filled, without wrappers.
        checkpoint: Content of the file.

    Raises:
        ValueError: A weight is missing, unknown, or has another shape: the file belongs to another method or backbone, or is
            no checkpoint of flip_mm. Or the weights were trained with GELU and the model has QuickGELU, or vice versa.
    """
    state, file = model.state_dict(), state_of(checkpoint)
    if wrong := str(fit := compare(state, file)):
        is_deployed = "class_embeddings" in file and "class_embeddings" not in state
        advice = "It is a deployed model: set model.deploy=True." if is_deployed else training_hint(checkpoint)
        if fit.fitting and not is_deployed:
            advice += f" To start a training with the {len(fit.fitting)} weights that fit: {WARM_START}."
        raise ValueError(f"The checkpoint does not fit {_described(model)}: {wrong}. {advice}")
    trained, used = (checkpoint.get("meta") or {}).get("quick_gelu"), activation(model)
    if None not in (trained, used) and trained != used:
        raise ValueError(
            f"The checkpoint was trained with {_activation(trained)} and the towers of this config use "
            f"{_activation(used)}: set model.backbone.quick_gelu={trained}"
            + ("." if trained else ", and an arch without it (without '-quickgelu').")
        )


def activation(model: nn.Module) -> bool | None:
    """Return whether a model's towers use QuickGELU, which the names and shapes do not show; None without towers."""
    return getattr(getattr(model, "backbone", None), "quick_gelu", None)


def _described(model: nn.Module) -> str:
    """Type, head and backbone of a model, if it has them."""
    head, backbone = getattr(model, "head", None), getattr(model, "backbone", None)
    arch = getattr(backbone, "arch", None)
    parts = [type(head).__name__] if head is not None else []
    parts += [f"arch {arch!r}" if isinstance(arch, str) else type(backbone).__name__] if backbone is not None else []
    return type(model).__name__ + (f" with {' and '.join(parts)}" if parts else "")


def state_of(checkpoint: Any) -> Mapping[str, Any]:
    """Return the weights of a checkpoint, with names without the prefix of a wrapper.

    Raises:
        ValueError: There are none.
    """
    state = checkpoint.get("state_dict", checkpoint) if isinstance(checkpoint, Mapping) else checkpoint
    if not (isinstance(state, Mapping) and any(hasattr(value, "shape") for value in state.values())):
        raise ValueError(
            "The checkpoint contains no weights, a dict of name -> tensor under `state_dict`: give a checkpoint of a training."
        )
    return {name.removeprefix("module."): value for name, value in state.items()}


def training_hint(checkpoint: Mapping) -> str:
    """Return a sentence that says which config a checkpoint was trained with, and advises to use it."""
    meta = checkpoint.get("meta") or {}
    settings = (meta.get("flip_mm") or {}).get("settings") or {}
    run = (meta.get("dataset_meta") or {}).get("run") or {}
    keys = ("model.head.type", "model.backbone.arch" if "model.backbone.arch" in settings else "model.backbone.type")
    details = [settings[key] for key in keys if key in settings]
    details += [f"protocol {run['protocol']}, target {run['target']}"] if {"protocol", "target"} <= run.keys() else []
    config = meta.get("config_file") or ("a config with" if details else "")
    if not config:
        return "Use the config that it was trained with. For weights of CLIP set model.backbone.pretrained."
    return (
        f"It was trained with {config} ({', '.join(details)}): use that config."
        if details
        else f"It was trained with {config}."
    )


def unwrap(model: nn.Module) -> nn.Module:
    """Return the model inside wrappers for several processes or test-time augmentation."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


def _activation(quick_gelu: bool) -> str:
    return "QuickGELU" if quick_gelu else "GELU"
