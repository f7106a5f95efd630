# SPDX-License-Identifier: Apache-2.0
"""Gather bytes of all processes, exactly and without pickle or shared folders."""

from __future__ import annotations

import numpy as np
import torch
from mmengine.dist import all_gather


def gather_bytes(data: bytes) -> list[bytes]:
    """Return the bytes of all processes in the order of ranks, on every process.

    They are sent in tensors padded to the same length.

    Args:
        data: Bytes of this process; may be empty.
    """
    own = torch.from_numpy(np.frombuffer(data, dtype=np.uint8).copy())
    sizes = [int(size) for size in all_gather(torch.tensor([own.numel()]))]
    padded = torch.zeros(max(sizes), dtype=torch.uint8)
    padded[: own.numel()] = own
    return [part[:size].numpy().tobytes() for part, size in zip(all_gather(padded), sizes, strict=True)]
