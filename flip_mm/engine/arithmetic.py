# SPDX-License-Identifier: Apache-2.0
"""What the last digits of a sum depend on besides its terms: order and instructions, which follow from machine and settings."""

from __future__ import annotations

import platform
from collections.abc import Mapping

import torch
from mmengine.device import get_device

# Key -> what it is called, and which setting restores it.
MEANING = {
    "torch": ("torch", "pip install torch=={}"),
    "device": ("device", "a {} device"),
    "machine": ("processor", "a processor of this kind"),
    "instructions": ("CPU instructions", "a CPU with {}, or ATEN_CPU_CAPABILITY where it has more"),
    "threads": ("threads", "OMP_NUM_THREADS={}"),
}


def arithmetic() -> dict[str, str | int]:
    """This process's; plain data."""
    return dict(
        torch=torch.__version__.split("+")[0],
        device=get_device(),
        machine=platform.machine(),
        instructions=torch.backends.cpu.get_cpu_capability(),
        threads=torch.get_num_threads(),
    )


def arithmetic_warning(stored: Mapping[str, str | int]) -> str:
    """What differs from a checkpoint's, in words.

    Args:
        stored: What :func:`arithmetic` gave there; keys that it lacks are not compared.

    Returns:
        A warning; '' where nothing differs.
    """
    own = arithmetic()
    different = [key for key in MEANING if key in stored and stored[key] != own[key]]
    if not different:
        return ""
    named = "; ".join(f"{MEANING[key][0]}: {stored[key]} there, {own[key]} here" for key in different)
    ways = " and ".join(MEANING[key][1].format(stored[key]) for key in different)
    return (
        f"The training to be resumed ran with other arithmetic ({named}). Its weights will differ in the last digits from now "
        f"on, and after many steps in more; {ways} restores it."
    )
