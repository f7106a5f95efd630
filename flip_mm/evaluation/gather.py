# SPDX-License-Identifier: Apache-2.0
"""Gather the rows of all processes, exactly and without pickle or shared folders."""

from __future__ import annotations

import json

import numpy as np
import torch
from mmengine.dist import all_gather, get_world_size


def gather_rows(rows: list[tuple]) -> list[tuple]:
    """Return the rows of all processes in the order of ranks, on every process.

    The rows are sent as JSON bytes, which keep every digit of a float64, in tensors padded to the same length.

    Args:
        rows: Tuples of str, int and float of this process; may be empty.

    Returns:
        The tuples of all processes.
    """
    if get_world_size() == 1:
        return rows
    data = torch.from_numpy(np.frombuffer(json.dumps(rows).encode(), dtype=np.uint8).copy())
    sizes = [int(size) for size in all_gather(torch.tensor([data.numel()]))]
    padded = torch.zeros(max(sizes), dtype=torch.uint8)
    padded[: data.numel()] = data
    parts = (part[:size].numpy().tobytes() for part, size in zip(all_gather(padded), sizes, strict=True))
    return [tuple(row) for part in parts for row in json.loads(part)]
