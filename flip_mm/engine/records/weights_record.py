# SPDX-License-Identifier: Apache-2.0
"""Record the weights that a training started from, by name and hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import torch
from torch import nn

from flip_mm.config_checks.config_parts import flat

from .data_record import file_sha256

# Keys of a model's config that name weights: in backbones, and in mmengine's init_cfg.
NAMING = ("pretrained", "checkpoint")


def weights_record(model_cfg: Mapping, model: nn.Module, load_from: str | None) -> list[dict[str, Any]]:
    """Return the weights that a training starts from.

    Args:
        model_cfg: The config's ``model``.
        model: The model, before the runner loads a checkpoint.
        load_from: The checkpoint that the runner will load instead of the weights in ``model_cfg``.

    Returns:
        For each its ``source``, the key in the config; its ``name``, without a folder; ``sha256`` of the file, or
        ``tensors_sha256`` of the loaded weights if there is no local file.
    """
    if load_from:
        return [dict(source="load_from") | named_weights(load_from)]
    entries = []
    for key, value in flat(model_cfg, "model"):
        *path, last = key.split(".")
        if last not in NAMING or not isinstance(value, str):
            continue
        entry = dict(source=key) | named_weights(value)
        part = _part(model, path[1:])
        if "sha256" not in entry and last == "pretrained" and part is not None:
            entry["tensors_sha256"] = tensors_sha256(part)
        entries.append(entry)
    return entries


def with_left_out(weights: list[dict[str, Any]], warm_start: Mapping) -> list[dict[str, Any]]:
    """Add the names of weights that a partial load left out.

    Args:
        weights: From :func:`weights_record`.
        warm_start: From :class:`~flip_mm.engine.warm_start_hook.WarmStartHook`; empty if all weights had to fit.
    """
    if not warm_start:
        return weights
    names = {key: list(warm_start.get(key, [])) for key in ("missing", "unknown", "reshaped")}
    partial = dict(loaded=len(warm_start.get("loaded", [])), left_out=names)
    return [entry | partial if entry["source"] == "load_from" else entry for entry in weights]


def named_weights(place: str) -> dict[str, str]:
    """Return the name and, for a local file, ``sha256``."""
    path = Path(place).expanduser()
    name = PurePath(place.split("?")[0].replace("\\", "/")).name
    return dict(name=name) | (dict(sha256=file_sha256(path)) if path.is_file() else {})


def tensors_sha256(module: nn.Module) -> str:
    """Return the SHA-256 of names, types, shapes and bytes of a module's weights, in the order of their names."""
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
