# SPDX-License-Identifier: Apache-2.0
"""Recognise the kind of a weight file by the names of its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

from flip_mm.utils.text import first_few

from . import transformers_names
from .checkpoint_names import (
    RELEASE_ALIAS,
    RELEASE_HEADS,
    RELEASE_KEYS,
    RELEASE_TOWERS,
    TOWERS,
    rename,
)

# Keys that hold the weights. Raw weights are preferred to a moving average, as in open_clip.
LEVELS = ("state_dict", "model_state_dict", "model", "module", "net", "weights")
AVERAGES = ("state_dict_ema", "model_ema", "ema_state_dict", "ema", "averaged_model")
# Wrappers of torch add these parts to names, at the beginning or in the middle.
WRAPPERS = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
# Step counters of moving averages.
COUNTERS = ("n_averaged", "steps")
# OpenAI's archives store these three integers in addition to the weights.
OPENAI_METADATA = {"input_resolution", "context_length", "vocab_size"}
ADAPTER = re.compile(r"(^|\.)(lora_\w+|ia3_\w+)(\.|$)")
# The first part of CLIP's names, after the prefix of the attribute that holds the model.
TOWER = re.compile(r"((?:[^.]+\.)*?)(?:visual|vision_model)\.")
MAX_NAMES = 4


class Recognised(NamedTuple):
    """Recognised weights.

    Attributes:
        kind: Description of the kind, for messages.
        state: Weights with open_clip's names; heads and other weights are left out.
        quick_gelu: Whether they were trained with QuickGELU; None if unknown.
    """

    kind: str
    state: dict[str, Tensor]
    quick_gelu: bool | None


def find_weights(content: Any) -> tuple[dict[str, Tensor], str, dict]:
    """Find the tensors of a file, at the top or up to three levels below.

    Args:
        content: The loaded file.

    Returns:
        Name -> tensor, empty if there are none; the name of their level, '' for the top; and all other entries of the file.
    """
    level, extras = "", {}
    for _ in range(4):
        if not isinstance(content, Mapping):
            break
        inner = next((name for name in (*LEVELS, *AVERAGES) if _has_weights(content.get(name))), None)
        if inner is None:
            return {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, Tensor)}, level, extras
        extras = {**extras, **{key: value for key, value in content.items() if key != inner}}
        level, content = inner, content[inner]
    return {}, level, extras


def _has_weights(value: Any) -> bool:
    return isinstance(value, Mapping) and any(isinstance(v, (Tensor, Mapping)) for v in value.values())


def recognise(tensors: Mapping[str, Tensor], extras: Mapping[str, Any]) -> Recognised:
    """Recognise the kind of weights and rename them as in open_clip.

    Args:
        tensors: Weights from :func:`find_weights`.
        extras: The other entries of the file.

    Raises:
        ValueError: The weights are adapters without their base model, two models, or of a kind that cannot be converted. The
            message says what to do.
    """
    tensors = {without_wrappers(name): value for name, value in tensors.items() if name not in COUNTERS}
    adapters = sorted(name for name in tensors if ADAPTER.search(name))
    if adapters:
        raise ValueError(
            f"it holds {len(adapters)} weights of adapters (LoRA or similar: {first_few(adapters, MAX_NAMES)}). The file lacks "
            "their base model or their scale. Merge them in the program that trained them "
            "(peft: `model.merge_and_unload()`) and save the merged model's state_dict."
        )
    if is_release(tensors, extras):
        heads = (*(pair[0] for pair in RELEASE_HEADS), RELEASE_ALIAS[0])
        state = {rename(k, RELEASE_TOWERS) or k: v for k, v in tensors.items() if not k.startswith(heads)}
        return Recognised("a checkpoint of the official FLIP release", state, True)
    # The image tower of FLIP-V alone, from any program.
    tensors = {rename(name, RELEASE_TOWERS[1:]) or name: value for name, value in tensors.items()}
    prefixes = sorted({match[1] for match in map(TOWER.match, tensors) if match})
    if len(prefixes) > 1:
        names = first_few([f"'{prefix}'" if prefix else "without a prefix" for prefix in prefixes], MAX_NAMES)
        raise ValueError(
            f"it holds {len(prefixes)} image towers ({names}). Save the state_dict of the one to load in a file "
            "without the others."
        )
    prefix = prefixes[0] if prefixes else ""
    below = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    words = f" below '{prefix}'" if prefix else ""
    meta = extras.get("meta")
    known = meta.get("quick_gelu") if isinstance(meta, Mapping) else None
    known = known if isinstance(known, bool) else None
    if known is not None or "visual_projection" in below or any(name.startswith("text_tower.") for name in below):
        state = {rename(f"backbone.{name}", TOWERS) or name: value for name, value in below.items()}
        return Recognised("a checkpoint of flip_mm", state, known)
    if transformers_names.is_clip(below.keys()):
        return Recognised(f"a CLIP with transformers' names{words}", transformers_names.to_open_clip(below), None)
    if any(name.startswith("vision_model.") for name in below):
        raise ValueError(
            f"it is a model of transformers{words} that is not CLIP (for instance SigLIP) and cannot be converted. Get the "
            "same weights for open_clip: https://huggingface.co/timm has most of them, or use an open_clip tag."
        )
    if below.keys() >= OPENAI_METADATA:
        state = {name: value for name, value in below.items() if name not in OPENAI_METADATA}
        return Recognised(f"OpenAI's CLIP{words}", state, True)
    return Recognised(f"a CLIP with open_clip's names{words}", below, None)


def without_wrappers(name: str) -> str:
    """Remove the parts that data parallel training, ``torch.compile`` and other wrappers add to a weight's name.

    Example:
        >>> without_wrappers("module._orig_mod.visual.conv1.weight")
        'visual.conv1.weight'
    """
    parts = [part for part in name.split(".") if part not in WRAPPERS]
    while len(parts) > 1 and parts[0] == "module":
        del parts[0]
    return ".".join(parts)


def is_release(names: Mapping[str, Any] | set[str], extras: Mapping[str, Any]) -> bool:
    """Return whether weights are those of the official FLIP release.

    FLIP-V and FLIP-MCL are recognised by the names of their heads. FLIP-IT is a CLIP with the prefix ``model.``, as in other
    programs, so it is recognised by the other values that the release stores.

    Args:
        names: Names of the weights, without wrappers.
        extras: The other entries of the file.
    """
    if "backbone.vit.class_embedding" in names:
        return any(name.startswith("embedder.bottleneck_layer_fc.") for name in names)
    if not any(name.startswith("model.visual.") for name in names):
        return False
    return any(name.startswith("image_mlp.") for name in names) or not RELEASE_KEYS.isdisjoint(extras)
