# SPDX-License-Identifier: Apache-2.0
"""The settings of a shipped config as plain data, to compare trainings with it."""

from __future__ import annotations

from typing import Any

from flip_mm.utils.shipped import shipped_configs

from .read_config import read_config


def published_recipe(name: str) -> dict[str, Any] | None:
    """Return the settings of a shipped config; None if there is none of this name. PyTorch is not imported.

    Args:
        name: Name of the config without its ending; a file in the current folder does not replace it.

    Example:
        >>> published_recipe("flip_mcl_p1")["train_cfg"]["max_iters"]
        4000
    """
    path = next((path for path in shipped_configs() if path.stem == name), None)
    return None if path is None else read_config(path, without=("flip_mm", "flip_mm.register")).to_dict()
