# SPDX-License-Identifier: Apache-2.0
"""Recognise the kind of a weight file by names that only that kind has; a kind that is not certain is not assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

from flip_mm.utils.text import first_few

from . import transformers_names
from .checkpoint_names import (
    RELEASE_ALIAS,
    RELEASE_BESIDE,
    RELEASE_HEADS,
    RELEASE_TOWERS,
    TOWERS,
    rename,
)

# Where programs put the weights: the raw ones before a moving average, as open_clip's own files do.
LEVELS = ("state_dict", "model_state_dict", "model", "module", "net", "weights")
AVERAGES = ("state_dict_ema", "model_ema", "ema_state_dict", "ema", "averaged_model")
# Wrappers of torch put these into names, at the beginning or in the middle.
WRAPPERS = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
# What averages count their steps with.
COUNTERS = ("n_averaged", "steps")
# OpenAI's archives store these three integers beside the weights.
OPENAI_METADATA = {"input_resolution", "context_length", "vocab_size"}
ADAPTER = re.compile(r"(^|\.)(lora_\w+|ia3_\w+)(\.|$)")
# What a CLIP begins with, below whatever attribute a program keeps it in.
TOWER = re.compile(r"((?:[^.]+\.)*?)(?:visual|vision_model)\.")
NAMED = 4


class Recognised(NamedTuple):
    """Weights and what they are.

    Attributes:
        kind: In words.
        state: Weights with open_clip's names; heads and other weights are left out.
        quick_gelu: Whether they were trained with QuickGELU; None where nothing tells.
    """

    kind: str
    state: dict[str, Tensor]
    quick_gelu: bool | None


def find_weights(content: Any) -> tuple[dict[str, Tensor], str, dict]:
    """The tensors in a file, at the top or up to three levels below.

    Args:
        content: What the file holds.

    Returns:
        Name -> tensor, empty where there are none; the level's name, '' for the top; and what lies beside that level.
    """
    level, beside = "", {}
    for _ in range(4):
        if not isinstance(content, Mapping):
            break
        inner = next((name for name in (*LEVELS, *AVERAGES) if _has_weights(content.get(name))), None)
        if inner is None:
            return {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, Tensor)}, level, beside
        beside = {**beside, **{key: value for key, value in content.items() if key != inner}}
        level, content = inner, content[inner]
    return {}, level, beside


def _has_weights(value: Any) -> bool:
    return isinstance(value, Mapping) and any(isinstance(v, (Tensor, Mapping)) for v in value.values())


def recognise(tensors: Mapping[str, Tensor], beside: Mapping[str, Any]) -> Recognised:
    """Tell the kind of weights and give them open_clip's names.

    Args:
        tensors: As :func:`find_weights` gives them.
        beside: What the file holds besides.

    Raises:
        ValueError: They are adapters without their base, or two models, or of a kind that cannot be converted; the message says
            what to do.
    """
    tensors = {without_wrappers(name): value for name, value in tensors.items() if name not in COUNTERS}
    adapters = sorted(name for name in tensors if ADAPTER.search(name))
    if adapters:
        raise ValueError(
            f"it holds {len(adapters)} weights of adapters (LoRA and the like: {first_few(adapters, NAMED)}), to be added to "
            "a model that the file does not hold, or by factors that it does not tell. Merge them where they were trained "
            "(peft: `model.merge_and_unload()`) and save the merged model's state_dict."
        )
    if is_release(tensors, beside):
        heads = (*(pair[0] for pair in RELEASE_HEADS), RELEASE_ALIAS[0])
        state = {rename(k, RELEASE_TOWERS) or k: v for k, v in tensors.items() if not k.startswith(heads)}
        return Recognised("a checkpoint of the official FLIP release", state, True)
    # FLIP-V's image tower by itself, whoever trained it.
    tensors = {rename(name, RELEASE_TOWERS[1:]) or name: value for name, value in tensors.items()}
    prefixes = sorted({match[1] for match in map(TOWER.match, tensors) if match})
    if len(prefixes) > 1:
        names = first_few([f"'{prefix}'" if prefix else "without a prefix" for prefix in prefixes], NAMED)
        raise ValueError(
            f"it holds {len(prefixes)} image towers ({names}), and which one is meant cannot be told. Save the state_dict of "
            "one of them by itself."
        )
    prefix = prefixes[0] if prefixes else ""
    below = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    words = f" below '{prefix}'" if prefix else ""
    meta = beside.get("meta")
    known = meta.get("quick_gelu") if isinstance(meta, Mapping) else None
    known = known if isinstance(known, bool) else None
    if known is not None or "visual_projection" in below or any(name.startswith("text_tower.") for name in below):
        state = {rename(f"backbone.{name}", TOWERS) or name: value for name, value in below.items()}
        return Recognised("a checkpoint of flip_mm", state, known)
    if transformers_names.is_clip(below.keys()):
        return Recognised(f"a CLIP with transformers' names{words}", transformers_names.to_open_clip(below), None)
    if any(name.startswith("vision_model.") for name in below):
        raise ValueError(
            f"it is a model of transformers{words} and no CLIP (SigLIP, for instance), and is not converted. Get the same "
            "weights for open_clip: https://huggingface.co/timm has most of them, or name an open_clip tag."
        )
    if below.keys() >= OPENAI_METADATA:
        state = {name: value for name, value in below.items() if name not in OPENAI_METADATA}
        return Recognised(f"OpenAI's CLIP{words}", state, True)
    return Recognised(f"a CLIP with open_clip's names{words}", below, None)


def without_wrappers(name: str) -> str:
    """A weight's name without what data parallel training, ``torch.compile`` and the like put into it.

    Example:
        >>> without_wrappers("module._orig_mod.visual.conv1.weight")
        'visual.conv1.weight'
    """
    parts = [part for part in name.split(".") if part not in WRAPPERS]
    while len(parts) > 1 and parts[0] == "module":
        del parts[0]
    return ".".join(parts)


def is_release(names: Mapping[str, Any] | set[str], beside: Mapping[str, Any]) -> bool:
    """Whether weights are those of the official FLIP release.

    Its FLIP-V and FLIP-MCL have heads with names of their own. FLIP-IT is a CLIP below ``model.``, as many programs keep one,
    and is recognised by the values that the release stores beside the weights.

    Args:
        names: Those of the weights, without wrappers.
        beside: What the file holds besides the weights.
    """
    if "backbone.vit.class_embedding" in names:
        return any(name.startswith("embedder.bottleneck_layer_fc.") for name in names)
    if not any(name.startswith("model.visual.") for name in names):
        return False
    return any(name.startswith("image_mlp.") for name in names) or not RELEASE_BESIDE.isdisjoint(beside)
