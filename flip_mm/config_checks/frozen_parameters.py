# SPDX-License-Identifier: Apache-2.0
"""Check that the optimizer will not contain the parameters that ``model.frozen`` names."""

from __future__ import annotations

from collections.abc import Mapping

from mmengine.optim import DefaultOptimWrapperConstructor
from mmpretrain.registry import OPTIM_WRAPPER_CONSTRUCTORS

from .config_parts import class_of


def check_frozen(cfg: Mapping) -> None:
    """Refuse ``model.frozen`` with mmengine's constructor.

    Raises:
        ValueError: The optimizer would contain the frozen parameters.
    """
    wrapper = cfg.get("optim_wrapper") or {}
    kind = class_of({"type": wrapper.get("constructor", "DefaultOptimWrapperConstructor")}, OPTIM_WRAPPER_CONSTRUCTORS)
    if (cfg.get("model") or {}).get("frozen") and kind is DefaultOptimWrapperConstructor:
        raise ValueError(
            "model.frozen needs optim_wrapper.constructor='TrainableOptimWrapperConstructor', as in configs/_base_/schedules: "
            "mmengine's constructor leaves frozen parameters in the optimizer."
        )
