# SPDX-License-Identifier: Apache-2.0
"""Settings and hardware that change the last digits of a floating point sum."""

from __future__ import annotations

import platform
from collections.abc import Mapping

import torch
from mmengine.device import get_device

# Key -> its name in messages, and the setting that restores it.
MEANING = {
    "torch": ("torch", "pip install torch=={}"),
    "device": ("device", "a {} device"),
    "machine": ("processor", "a processor of this kind"),
    "instructions": ("CPU instructions", "a CPU with {}, or ATEN_CPU_CAPABILITY where it has more"),
    "threads": ("threads", "OMP_NUM_THREADS={}"),
}


def arithmetic() -> dict[str, str | int]:
    """Return what determines the rounding in this process, as plain data."""
    return dict(
        torch=torch.__version__.split("+")[0],
        device=get_device(),
        machine=platform.machine(),
        instructions=torch.backends.cpu.get_cpu_capability(),
        threads=torch.get_num_threads(),
    )


def arithmetic_warning(stored: Mapping[str, str | int]) -> str:
    """Compare a checkpoint's arithmetic with that of this process.

    Args:
        stored: The checkpoint's :func:`arithmetic`; missing keys are not compared.

    Returns:
        A warning; '' if nothing differs.
    """
    current = arithmetic()
    different = [key for key in MEANING if key in stored and stored[key] != current[key]]
    if not different:
        return ""
    named = "; ".join(f"{MEANING[key][0]}: {stored[key]} there, {current[key]} here" for key in different)
    ways = " and ".join(MEANING[key][1].format(stored[key]) for key in different)
    return (
        f"The training to be resumed ran with other arithmetic ({named}). From now on its weights will differ, first in the "
        f"last digits, later in more; {ways} restores it."
    )
