# SPDX-License-Identifier: Apache-2.0
"""Use the fused kernel of an optimizer only where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from mmengine.logging import print_log
from mmpretrain.registry import OPTIMIZERS
from torch import Tensor, nn

from flip_mm.config_checks.config_parts import class_of, type_name
from flip_mm.config_checks.signatures import arguments


def with_usable_fused(cfg: Mapping[str, Any], parameters: Iterable[Tensor]) -> dict[str, Any]:
    """Return an optimizer's config without ``fused=True`` if the optimizer has no fused kernel for the parameters.

    A config that inherits ``fused=True`` and sets another optimizer stays valid in this way. A line in the log says it.
    ``fused=False`` becomes torch's default None: with False, torch would also update one weight at a time on GPUs.

    Args:
        cfg: Config of the optimizer, with ``type``.
        parameters: What it will train.
    """
    others = {name: value for name, value in cfg.items() if name != "fused"}
    if not cfg.get("fused"):
        kind = class_of(cfg, OPTIMIZERS)
        takes = kind and arguments(kind)
        return others | (dict(fused=None) if "fused" in cfg and (takes is None or "fused" in takes) else {})
    places = {(parameter.device, parameter.dtype) for parameter in parameters}
    reason = next(filter(None, (_refusal(cfg, *place) for place in sorted(places, key=str))), "")
    if not reason:
        return dict(cfg)
    print_log(f"optim_wrapper.optimizer: {type_name(cfg)} without fused=True, which cannot be used here ({reason}).", "current")
    return others


def _refusal(cfg: Mapping[str, Any], device: torch.device, dtype: torch.dtype) -> str:
    """Why one step of the fused optimizer fails on one parameter; '' if it works."""
    kind = class_of(cfg, OPTIMIZERS)
    parameter = nn.Parameter(torch.zeros(1, device=device, dtype=dtype))
    parameter.grad = torch.zeros_like(parameter)
    options = {name: value for name, value in cfg.items() if name != "type" and not name.startswith("_")}
    try:
        kind([parameter], **options).step()
    except Exception as error:  # torch and other packages raise many types
        return str(error).partition("\n")[0]
    return ""
