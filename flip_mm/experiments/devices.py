# SPDX-License-Identifier: Apache-2.0
"""The places where jobs can run on this machine: GPUs, or processes on the CPU."""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch

VISIBLE = "CUDA_VISIBLE_DEVICES"


def devices(gpus: Sequence[int] | None = None, parallel: int | None = None) -> list[dict[str, str]]:
    """Return the environment variables of each place for a job.

    Args:
        gpus: Numbers of the GPUs, one job at a time on each.
        parallel: Number of jobs at a time on the CPU.

    Returns:
        Without arguments: every visible GPU, or one job at a time on the CPU if there is no GPU.

    Raises:
        ValueError: There is no GPU of a number.
    """
    if parallel is not None:
        return [{VISIBLE: ""} for _ in range(parallel)]
    count = torch.cuda.device_count()
    if gpus is None:
        gpus = range(count)
        if not count:
            return [{VISIBLE: ""}]
    for number in gpus:
        if number >= count:
            there = f"the numbers are 0 to {count - 1}" if count > 1 else "there is only GPU 0" if count else "there is none"
            advice = "" if count else ": use --parallel N, which trains on the CPU"
            raise ValueError(f"--gpus: there is no GPU {number} here, {there}{advice}.")
    # The numbers count the visible GPUs, which may have other numbers for CUDA.
    named = os.environ.get(VISIBLE)
    names = [name.strip() for name in named.split(",")] if named else [str(number) for number in range(count)]
    return [{VISIBLE: names[number]} for number in gpus]
