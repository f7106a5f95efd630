# SPDX-License-Identifier: Apache-2.0
"""Choose images for a memory of limited size."""

from __future__ import annotations

import torch
from torch import Tensor


def evenly_spaced(count: int, most: int) -> Tensor:
    """Return the numbers of at most ``most`` of ``count`` images, at equal distances in their list.

    Example:
        >>> evenly_spaced(7, 4).tolist(), evenly_spaced(2, 4).tolist()
        ([0, 2, 4, 6], [0, 1])
    """
    return torch.linspace(0, count - 1, min(count, most), dtype=torch.float64).round().long()
