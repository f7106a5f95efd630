# SPDX-License-Identifier: Apache-2.0
"""Choose the kind of mixed precision that this machine has instructions for."""

from __future__ import annotations

import platform
from typing import Any

import torch

WRAPPERS = ("AmpOptimWrapper", "Bf16OptimWrapper")


def set_mixed_precision(optim_wrapper: dict[str, Any]) -> None:
    """Set the type of an optimizer wrapper's config: bfloat16, or float16 with a scaled loss on a GPU without bfloat16.

    A config that already sets one of the two keeps it.
    """
    if optim_wrapper.get("type") not in WRAPPERS:
        has_bf16 = not torch.cuda.is_available() or torch.cuda.is_bf16_supported(including_emulation=False)
        optim_wrapper["type"] = "Bf16OptimWrapper" if has_bf16 else "AmpOptimWrapper"
    if optim_wrapper["type"] == "AmpOptimWrapper":
        optim_wrapper.setdefault("loss_scale", "dynamic")


def is_bf16_slow(device: str) -> bool:
    """Return whether a device emulates bfloat16: an x86 processor without AVX512_BF16 and AMX, or an early GPU.

    Args:
        device: Type of the device, such as ``'cpu'``.
    """
    if device == "cuda":
        return not torch.cuda.is_bf16_supported(including_emulation=False)
    if device != "cpu" or platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    return not any(getattr(torch.cpu, f"_is_{name}_supported", bool)() for name in ("avx512_bf16", "amx_tile"))
