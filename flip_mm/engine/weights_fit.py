# SPDX-License-Identifier: Apache-2.0
"""Whether the weights of a checkpoint fit a model, and what the checkpoint says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mmengine.model import BaseTTAModel, is_model_wrapper
from torch import nn

from flip_mm.utils.text import first_few

NAMED = 4
WARM_START = "default_hooks.warm_start.type=WarmStartHook"


class Fit(NamedTuple):
    """Names of weights, and whether a file's fill a model's.

    Attributes:
        fitting: In both, of the same shape.
        missing: In the model alone.
        unknown: In the file alone.
        reshaped: In both, of different shapes; with both shapes.
    """

    fitting: list[str]
    missing: list[str]
    unknown: list[str]
    reshaped: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]

    def __str__(self) -> str:
        """What does not fit: how much, and the first names; empty where all fits."""
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
    own, other = ({name: tuple(getattr(value, "shape", ())) for name, value in state.items()} for state in (model, file))
    both = sorted(own.keys() & other.keys())
    return Fit(
        fitting=[name for name in both if own[name] == other[name]],
        missing=sorted(own.keys() - other.keys()),
        unknown=sorted(other.keys() - own.keys()),
        reshaped={name: (other[name], own[name]) for name in both if own[name] != other[name]},
    )


def check_fit(model: nn.Module, checkpoint: Mapping) -> None:
    """Compare names, shapes and activation.

    Args:
        model: What will be filled, without wrappers.
        checkpoint: Content of the file.

    Raises:
        ValueError: A weight is missing, unknown, or of another shape: the file is another method's, another backbone's, or no
            checkpoint of flip_mm at all. Or the weights were trained with the other of GELU and QuickGELU.
    """
    own, file = model.state_dict(), state_of(checkpoint)
    if wrong := str(fit := compare(own, file)):
        is_deployed = "class_embeddings" in file and "class_embeddings" not in own
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
    """Whether a model's towers use QuickGELU, which the names and shapes of weights do not tell; None without towers."""
    return getattr(getattr(model, "backbone", None), "quick_gelu", None)


def _described(model: nn.Module) -> str:
    """Type, head and backbone, as far as a model has them."""
    head, backbone = getattr(model, "head", None), getattr(model, "backbone", None)
    arch = getattr(backbone, "arch", None)
    parts = [type(head).__name__] if head is not None else []
    parts += [f"arch {arch!r}" if isinstance(arch, str) else type(backbone).__name__] if backbone is not None else []
    return type(model).__name__ + (f" with {' and '.join(parts)}" if parts else "")


def state_of(checkpoint: Any) -> Mapping[str, Any]:
    """Weights of a checkpoint, their names without the prefix of a wrapper.

    Raises:
        ValueError: There are none.
    """
    state = checkpoint.get("state_dict", checkpoint) if isinstance(checkpoint, Mapping) else checkpoint
    if not (isinstance(state, Mapping) and any(hasattr(value, "shape") for value in state.values())):
        raise ValueError(
            "The checkpoint holds no weights, a dict of name -> tensor under `state_dict`: give a file that a training wrote."
        )
    return {name.removeprefix("module."): value for name, value in state.items()}


def training_hint(checkpoint: Mapping) -> str:
    """Which config a checkpoint belongs to, as far as it says so, in a sentence that advises to use it."""
    meta = checkpoint.get("meta") or {}
    settings = (meta.get("flip_mm") or {}).get("settings") or {}
    run = (meta.get("dataset_meta") or {}).get("run") or {}
    keys = ("model.head.type", "model.backbone.arch" if "model.backbone.arch" in settings else "model.backbone.type")
    known = [settings[key] for key in keys if key in settings]
    known += [f"protocol {run['protocol']}, target {run['target']}"] if {"protocol", "target"} <= run.keys() else []
    config = meta.get("config_file") or ("a config with" if known else "")
    if not config:
        return "Use the config that it was trained with. CLIP's own weights belong in model.backbone.pretrained."
    return f"It was trained with {config} ({', '.join(known)}): use that config." if known else f"It was trained with {config}."


def unwrap(model: nn.Module) -> nn.Module:
    """The model inside of wrappers: processes, test-time augmentation, or both."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


def _activation(quick_gelu: bool) -> str:
    return "QuickGELU" if quick_gelu else "GELU"
