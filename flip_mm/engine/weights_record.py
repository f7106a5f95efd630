# SPDX-License-Identifier: Apache-2.0
"""Which weights a training started from, by name and hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import torch
from torch import nn

from flip_mm.config_checks.config_parts import flat

from .data_record import file_sha256

# Keys of a model's config that name weights: ours and MMPretrain's, and that of mmengine's init_cfg.
NAMING = ("pretrained", "checkpoint")


def weights_record(model_cfg: Mapping, model: nn.Module, load_from: str | None) -> list[dict[str, Any]]:
    """The weights that a training starts from.

    Args:
        model_cfg: The config's ``model``.
        model: Built from it, before the runner loads a checkpoint.
        load_from: The checkpoint that the runner will load, in place of the weights that ``model_cfg`` names.

    Returns:
        For each its ``source``, the key that names it; its ``name``, without a folder; ``sha256`` of the file, or
        ``tensors_sha256`` of what was loaded where that is no local file.
    """
    if load_from:
        return [dict(source="load_from") | named_weights(load_from)]
    found = []
    for key, value in flat(model_cfg, "model"):
        *place, last = key.split(".")
        if last not in NAMING or not isinstance(value, str):
            continue
        own = dict(source=key) | named_weights(value)
        part = _part(model, place[1:])
        if "sha256" not in own and last == "pretrained" and part is not None:
            own["tensors_sha256"] = tensors_sha256(part)
        found.append(own)
    return found


def with_left_out(weights: list[dict[str, Any]], warm_start: Mapping) -> list[dict[str, Any]]:
    """Add what a partial load left out.

    Args:
        weights: What :func:`weights_record` gave.
        warm_start: What :class:`~flip_mm.engine.warm_start_hook.WarmStartHook` found; empty where all weights had to fit.
    """
    if not warm_start:
        return weights
    names = {key: list(warm_start.get(key, [])) for key in ("missing", "unknown", "reshaped")}
    partial = dict(loaded=len(warm_start.get("loaded", [])), left_out=names)
    return [own | partial if own["source"] == "load_from" else own for own in weights]


def named_weights(place: str) -> dict[str, str]:
    """Name and, of a local file, ``sha256``."""
    path = Path(place).expanduser()
    name = PurePath(place.split("?")[0].replace("\\", "/")).name
    return dict(name=name) | (dict(sha256=file_sha256(path)) if path.is_file() else {})


def tensors_sha256(module: nn.Module) -> str:
    """SHA-256 over names, types, shapes and bytes of a module's weights, in the order of their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        if isinstance(tensor, torch.Tensor):
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
            digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _part(model: nn.Module, place: list[str]) -> nn.Module | None:
    for name in place:
        model = getattr(model, name, None)
    return model if isinstance(model, nn.Module) else None
