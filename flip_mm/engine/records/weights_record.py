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
from flip_mm.evaluation.seen import LOAD_FROM, TEACHER, seen_by
from flip_mm.utils.files import file_sha256

from .run_record import stored_record

# Keys of a model's config that name weights: in backbones, and in mmengine's init_cfg.
NAMING = ("pretrained", "checkpoint")


def weights_record(model_cfg: Mapping, model: nn.Module, load_from: str | None) -> list[dict[str, Any]]:
    """Return the weights that a training starts from, and its teacher.

    Args:
        model_cfg: The config's ``model``.
        model: The model as its training starts; mmengine has loaded the weights of ``init_cfg``.
        load_from: The checkpoint that the runner will load instead of the weights in ``model_cfg``.

    Returns:
        For each its ``source``, the key in the config; its ``name``, without a folder; ``sha256`` of the file, or
        ``tensors_sha256`` of the loaded weights if there is no local file. A teacher also has ``seen``.
    """
    if load_from:
        entries = [dict(source=LOAD_FROM) | named_weights(load_from), *teacher_weights(model_cfg)]
        return with_seen(entries, teacher_record(model), TEACHER)
    entries = []
    for key, value in flat(model_cfg, "model"):
        *path, last = key.split(".")
        if last not in NAMING or not isinstance(value, str):
            continue
        entry = dict(source=key) | named_weights(value)
        # An init_cfg, or one of a list of them, belongs to the part that contains it.
        part = _part(model, path[1 : path.index("init_cfg") if "init_cfg" in path else None])
        if "sha256" not in entry and part is not None:
            entry["tensors_sha256"] = tensors_sha256(part)
        entries.append(entry)
    return with_seen(entries, teacher_record(model), TEACHER)


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
    return [entry | partial if entry["source"] == LOAD_FROM else entry for entry in weights]


def with_seen(weights: list[dict[str, Any]], record: Mapping, source: str = LOAD_FROM) -> list[dict[str, Any]]:
    """Add what the weights of a loaded checkpoint, or those of a teacher, have seen, their config and depth maps.

    Args:
        weights: From :func:`weights_record`.
        record: Record of the checkpoint's training; empty if it has none.
        source: Which of the two.
    """
    config, depth = (record.get("config") or {}).get("name"), record.get("depth")
    named = dict(config=Path(config).stem) if isinstance(config, str) else {}
    named |= dict(depth=depth) if depth else {}
    return [
        entry | dict(seen=seen_by(record, entry["name"])) | named if entry["source"] == source else entry for entry in weights
    ]


def teacher_weights(model_cfg: Mapping) -> list[dict[str, Any]]:
    """Return the entry of a student's teacher; empty without a teacher."""
    place = (model_cfg.get("teacher") or {}).get("checkpoint")
    return [dict(source=TEACHER) | named_weights(place)] if isinstance(place, str) else []


def teacher_record(model: nn.Module) -> dict[str, Any]:
    """Return the record of the training of a student's teacher; empty without a teacher, or if it has none."""
    return stored_record(dict(meta=getattr(model, "teacher_meta", None)))


def file_name(place: str) -> str:
    """Return the name of a file or address, without its folder."""
    return PurePath(place.split("?")[0].replace("\\", "/")).name


def named_weights(place: str) -> dict[str, str]:
    """Return the name and, for a local file, ``sha256``."""
    path = Path(place).expanduser()
    return dict(name=file_name(place)) | (dict(sha256=file_sha256(path)) if path.is_file() else {})


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
