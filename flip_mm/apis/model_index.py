# SPDX-License-Identifier: Apache-2.0
"""Add the shipped configs to MMPretrain's list of models."""

from __future__ import annotations

from mmpretrain.apis.model import ModelHub

from flip_mm.utils.shipped import shipped


def register_models() -> None:
    """Register the shipped configs by name for ``list_models`` and ``get_model``."""
    index = shipped("configs").with_name("model-index.yml")
    if index.is_file() and not ModelHub.has("flip_v_p1"):
        ModelHub.register_model_index(index, config_prefix=index.parent)
