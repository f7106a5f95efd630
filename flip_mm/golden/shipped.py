# SPDX-License-Identifier: Apache-2.0
"""Shipped configs; golden values are compared with their models and optimizers."""

from __future__ import annotations

from mmengine.config import Config

from flip_mm.utils.shipped import find_config


def shipped_config(name: str) -> Config:
    """Return a shipped config, such as ``'vit'``, to change its sizes and build its model."""
    return Config.fromfile(find_config(name), import_custom_modules=False)
