# SPDX-License-Identifier: Apache-2.0
"""Build the model of a config with the weights of a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from torch import nn

import flip_mm.register  # noqa: F401  registers the components
from flip_mm.compat import load_checkpoint_file
from flip_mm.engine.checks.weights_fit import state_of, training_hint


def read_checkpoint(path: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the weights and the ``meta`` of a checkpoint.

    Raises:
        FileNotFoundError: There is no such file.
        RuntimeError: Loading it would run code in it, or it is damaged.
        ValueError: It has no weights.
    """
    checkpoint = load_checkpoint_file(path, "cpu")
    try:
        return state_of(checkpoint), checkpoint.get("meta") or {}
    except ValueError as error:
        raise ValueError(f"'{path}': {error}") from error


def build_trained(cfg: Config, path: Path, state: Mapping[str, Any], meta: Mapping[str, Any], config: str = "") -> nn.Module:
    """Build a model and load all its weights, in evaluation mode.

    Args:
        cfg: The config.
        path: The checkpoint.
        state: Its weights.
        meta: Its ``meta``.
        config: Name of the config for errors; '' for the name of its file.

    Raises:
        ValueError: The weights do not fit the model.
    """
    if (cfg.model.get("backbone") or {}).get("pretrained"):
        cfg.model.backbone.pretrained = None
    init_default_scope("mmpretrain")
    model = MODELS.build(cfg.model)
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        reasons = [line.strip() for line in str(error).splitlines()[1:3]]
        raise ValueError(
            f"'{path}' does not fit the model of {config or Path(cfg.filename).name}. {training_hint(dict(meta=meta))} "
            f"{' '.join(reasons)[:300]}"
        ) from error
    return model.eval()
