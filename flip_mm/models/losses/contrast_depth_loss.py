# SPDX-License-Identifier: Apache-2.0
"""Loss on the local contrast of depth maps (Wang et al., CVPR 2020), used by CDCN."""

from __future__ import annotations

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F


@MODELS.register_module()
class ContrastDepthLoss(nn.Module):
    """Mean squared error of the eight differences between each entry and its neighbours, without the border.

    Args:
        loss_weight: Factor.

    Example:
        >>> flat, step = torch.zeros(1, 1, 3, 3), torch.tensor([[[[0.0, 0, 2], [0, 0, 0], [0, 0, 0]]]])
        >>> ContrastDepthLoss()(flat, step).item()  # one of eight differences is 2
        0.5
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, predicted: Tensor, depth: Tensor) -> Tensor:
        """Return the loss of maps (N, 1, g, g), g at least 3."""
        return self.loss_weight * F.mse_loss(_contrasts(predicted), _contrasts(depth))


def _contrasts(maps: Tensor) -> Tensor:
    """Return (N, 8, g - 2, g - 2)."""
    height, width = maps.shape[-2:]
    shifts = [(y, x) for y in range(3) for x in range(3) if (y, x) != (1, 1)]
    neighbours = [maps[..., y : height - 2 + y, x : width - 2 + x] for y, x in shifts]
    return torch.cat(neighbours, dim=1) - maps[..., 1:-1, 1:-1]
