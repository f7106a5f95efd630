# SPDX-License-Identifier: Apache-2.0
"""Whether the weights of a checkpoint fit a model, and what the checkpoint says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.model import BaseTTAModel, is_model_wrapper
from torch import nn

NAMED = 4


def check_fit(model: nn.Module, checkpoint: Mapping) -> None:
    """Compare names, shapes and activation.

    Args:
        model: What will be filled, without wrappers.
        checkpoint: Content of the file.

    Raises:
        ValueError: A weight is missing, unknown, or of another shape: the file is another method's, another backbone's, or no
            checkpoint of flip_mm at all. Or the weights were trained with the other of GELU and QuickGELU.
    """
    own = {name: tuple(v.shape) for name, v in model.state_dict().items()}
    state = state_of(checkpoint)
    file = {name.removeprefix("module."): tuple(getattr(v, "shape", ())) for name, v in state.items()}
    problems = {
        "missing in the file": sorted(own.keys() - file.keys()),
        "unknown to the model": sorted(file.keys() - own.keys()),
        "of another shape": [f"{k} (file {file[k]}, model {own[k]})" for k in own.keys() & file.keys() if file[k] != own[k]],
    }
    lines = [f"{len(v)} {what}: {', '.join(v[:NAMED])}" for what, v in problems.items() if v]
    if lines:
        raise ValueError(
            f"The checkpoint does not fit {type(model).__name__} with {type(model.head).__name__} and "
            f"arch {model.backbone.arch!r}: {'; '.join(lines)}. "
            + (
                "It is a deployed model: set model.deploy=True."
                if "class_embeddings" in file and "class_embeddings" not in own
                else origin(checkpoint)
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


def state_of(checkpoint: Any) -> Mapping[str, Any]:
    """Weights of a checkpoint.

    Raises:
        ValueError: There are none.
    """
    state = checkpoint.get("state_dict", checkpoint) if isinstance(checkpoint, Mapping) else checkpoint
    if not (isinstance(state, Mapping) and any(hasattr(value, "shape") for value in state.values())):
        raise ValueError(
            "The checkpoint holds no weights, a dict of name -> tensor under `state_dict`: give a file that a training wrote."
        )
    return state


def origin(checkpoint: Mapping) -> str:
    """Which config a checkpoint belongs to, as far as it says so, in a sentence that advises to use it."""
    meta = checkpoint.get("meta") or {}
    settings = (meta.get("flip_mm") or {}).get("settings") or {}
    run = (meta.get("dataset_meta") or {}).get("run") or {}
    known = [settings[key] for key in ("model.head.type", "model.backbone.arch") if key in settings]
    known += [f"protocol {run['protocol']}, target {run['target']}"] if {"protocol", "target"} <= run.keys() else []
    config = meta.get("config_file") or ("a config with" if known else "")
    if not config:
        return "Use the config that it was trained with. CLIP's own weights belong in model.backbone.pretrained."
    return f"It was trained with {config} ({', '.join(known)}): use that config." if known else f"It was trained with {config}."


def unwrap(model: nn.Module) -> nn.Module:
    """The FLIP inside of wrappers: processes, test-time augmentation, or both."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


def _activation(quick_gelu: bool) -> str:
    return "QuickGELU" if quick_gelu else "GELU"
