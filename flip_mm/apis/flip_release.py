# SPDX-License-Identifier: Apache-2.0
"""Convert a checkpoint of the official FLIP release to flip_mm's format, or back."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import flip_mm
from flip_mm.datasets import FASDataset, get_run
from flip_mm.models.backbones.open_clip.checkpoint_names import (
    RELEASE_ALIAS,
    RELEASE_HEADS,
    RELEASE_KEYS,
    RELEASE_TOWERS,
    TOWERS,
    rename,
)
from flip_mm.models.backbones.open_clip.recognise import is_release, without_wrappers
from flip_mm.utils.text import first_few

# Numbers that the release stores in addition to the weights.
NUMBERS = ("epoch", "valid_arg", "best_model_EER", "best_model_ACER", "best_model_ACC", "threshold")
# The release's FLIP-V contains CLIP's projection, (width, 512), without using it; flip_mm does not build it. It is kept to
# convert back. For a model trained with flip_mm it is zero, because the release refuses a file without it.
UNUSED = "backbone.vit.proj"
UNUSED_WIDTH = 512
NAMED = 4
KEPT = "flip_release_unused"
LINEAR = ("weight", "bias")
NORM = (*LINEAR, "running_mean", "running_var", "num_batches_tracked")
BLOCK = (
    *("attn.in_proj_weight", "attn.in_proj_bias"),
    *(f"{module}.{kind}" for module in ("attn.out_proj", "ln_1", "mlp.c_fc", "mlp.c_proj", "ln_2") for kind in LINEAR),
)
IMAGE = (
    "class_embedding",
    "positional_embedding",
    "conv1.weight",
    *(f"ln_{x}.{kind}" for x in ("pre", "post") for kind in LINEAR),
)
TEXT = ("positional_embedding", "text_projection", "logit_scale", "token_embedding.weight", "ln_final.weight", "ln_final.bias")
PROJECTOR = (
    *(f"image_mlp.layer{i}.{kind}" for i in (1, 2, 3) for kind in LINEAR),
    *(f"image_mlp.bn{i}.{kind}" for i in (1, 2) for kind in NORM),
)
MLP = tuple(f"{module}.{kind}" for module in ("embedder.bottleneck_layer_fc", "classifier.classifier_layer") for kind in LINEAR)


def find_method(names: set[str]) -> str:
    """Return ``'FLIP-V'``, ``'FLIP-IT'`` or ``'FLIP-MCL'`` for the names of weights of the release."""
    if any(name.startswith("backbone.vit.") for name in names):
        return "FLIP-V"
    return "FLIP-MCL" if any(name.startswith("image_mlp.") for name in names) else "FLIP-IT"


def check_names(names: set[str], method: str) -> None:
    """Compare names with those of a model of the release.

    Raises:
        ValueError: A weight is missing or unknown.
    """
    towers = {"backbone.vit.": IMAGE} if method == "FLIP-V" else {"model.visual.": (*IMAGE, "proj"), "model.": TEXT}
    expected = set(PROJECTOR if method == "FLIP-MCL" else MLP if method == "FLIP-V" else ())
    for prefix, tower in towers.items():
        blocks = f"{prefix}transformer.resblocks."
        matches = [re.match(rf"{re.escape(blocks)}(\d+)\.", name) for name in names]
        depth = 1 + max((int(match[1]) for match in matches if match), default=0)
        expected |= {prefix + name for name in tower} | {f"{blocks}{i}.{name}" for i in range(depth) for name in BLOCK}
    missing, unknown = sorted(expected - names), sorted(names - expected)
    if missing or unknown:
        raise ValueError(
            f"the names are not those of the release's {method} with a CLIP ViT; "
            f"missing: {first_few(missing, NAMED) or 'none'}; unknown: {first_few(unknown, NAMED) or 'none'}."
        )


def to_flip_mm(release: dict[str, Tensor]) -> tuple[str, dict[str, Tensor], dict[str, Tensor]]:
    """Weights of the release -> method, weights of flip_mm, weights that flip_mm does not build.

    Raises:
        ValueError: The names are not those of a complete FLIP, or the two copies of a tensor differ.
    """
    alias, original = RELEASE_ALIAS
    for name in [name for name in release if name.startswith(alias)]:
        twin = release.get(original + name.removeprefix(alias))
        if twin is None or not torch.equal(release[name], twin):
            raise ValueError(f"'{name}' must equal '{original}...': the release stores this layer twice. The file is damaged.")
    unused = {name: value for name, value in release.items() if name == UNUSED}
    state = {name: value for name, value in release.items() if not name.startswith(alias) and name != UNUSED}
    method = find_method(state.keys())
    check_names(state.keys(), method)
    named = {rename(k, RELEASE_HEADS) or rename(rename(k, RELEASE_TOWERS), TOWERS, back=True): v for k, v in state.items()}
    if "backbone.logit_scale" in named:
        named["backbone.logit_scale"] = named["backbone.logit_scale"].reshape(1)
    return method, named, unused


def to_release(state: dict[str, Tensor], unused: dict[str, Tensor]) -> tuple[str, dict[str, Tensor]]:
    """Weights of flip_mm -> method, weights of the release.

    Raises:
        ValueError: The release has no such weights: the backbone or head is another one.
    """
    method = "FLIP-V" if "head.fc.weight" in state else "FLIP-MCL" if "head.projector.fc0.weight" in state else "FLIP-IT"
    towers = RELEASE_TOWERS[1:] if method == "FLIP-V" else RELEASE_TOWERS[:1]
    named = {}
    for name, value in state.items():
        tower = rename(name, TOWERS)
        # An unknown name is kept; check_names refuses it.
        named[(rename(tower, towers, back=True) if tower else rename(name, RELEASE_HEADS, back=True)) or name] = value
    check_names(named.keys(), method)
    if method == "FLIP-V":
        alias, original = RELEASE_ALIAS
        width = named["backbone.vit.class_embedding"].numel()
        named |= {alias + kind: named[original + kind] for kind in LINEAR}
        named |= {UNUSED: torch.zeros(width, UNUSED_WIDTH)} | unused
    else:
        named["model.logit_scale"] = named["model.logit_scale"].reshape(())
    return method, named


def numbers(value: Any) -> Any:
    """Return a number or a list of numbers as plain data; None for anything else."""
    if isinstance(value, (np.number, np.bool_)) or (isinstance(value, Tensor) and value.numel() == 1):
        return value.item()
    if isinstance(value, (list, tuple)):
        items = [numbers(item) for item in value]
        return None if None in items else items
    return value if isinstance(value, (int, float)) else None


def convert(content: dict, source: Path, run: dict) -> tuple[str, dict]:
    """Convert the content of a file; return a description, and the content in the other format.

    Args:
        content: The checkpoint from :func:`~flip_mm.compat.load_checkpoint_file`.
        source: Its path; ``meta`` stores the name.
        run: Protocol, target ... in which a checkpoint of the release was trained; empty if unknown.

    Raises:
        ValueError: It is neither a checkpoint of the release nor of flip_mm.
    """
    state = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ValueError("it has no `state_dict` of tensors: neither a checkpoint of the FLIP release nor of flip_mm.")
    state = {without_wrappers(name): value for name, value in state.items()}
    if any(name.startswith("backbone.visual.") for name in state):
        meta = content.get("meta", {})
        if meta.get("quick_gelu") is False:
            raise ValueError("it was trained with GELU; the release's code has only QuickGELU and would give other scores.")
        kept, release_numbers = content.get(KEPT, {}), meta.get("flip_release", {})
        method, named = to_release(state, {UNUSED: kept[UNUSED]} if UNUSED in kept else {})
        # Without the release's numbers, its FLIP-IT looks like any CLIP.
        origin = {} if RELEASE_KEYS & release_numbers.keys() else {"converted_by": f"flip_mm {flip_mm.__version__}"}
        content = {"epoch": 0, **release_numbers, **origin, "state_dict": named}
        return f"{method} of flip_mm -> official release", content
    if not is_release(state, content):
        raise ValueError(
            "it is neither a checkpoint of the FLIP release (`backbone.vit...` with `embedder...`, `model.visual...` with "
            f"`image_mlp...` or, for FLIP-IT, with {', '.join(NUMBERS[1:5])} next to the state_dict) nor one of flip_mm "
            "(`backbone.visual...`). For weights of CLIP set model.backbone.pretrained."
        )
    method, named, unused = to_flip_mm(state)
    release_numbers = {name: numbers(content[name]) for name in NUMBERS if name in content}
    meta = dict(
        origin=f"{method} of the official FLIP release",
        origin_file=source.name,
        origin_sha256=hashlib.sha256(source.read_bytes()).hexdigest(),
        converted_by=f"flip_mm {flip_mm.__version__}",
        quick_gelu=True,
        flip_release={name: value for name, value in release_numbers.items() if value is not None},
    )
    if run:
        meta["dataset_meta"] = dict(**FASDataset.METAINFO, run=vars(get_run(**run)))
    left = sorted(content.keys() - {"state_dict", "converted_by", *NUMBERS})
    note = f"; left out: {', '.join(left)}" if left else ""
    return f"{method} of the official release -> flip_mm{note}", {"meta": meta, "state_dict": named} | (
        {KEPT: unused} if unused else {}
    )
