# SPDX-License-Identifier: Apache-2.0
"""Attention over channels and places of feature maps."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SpatialChannelGate(nn.Module):
    r"""Maps times a channel gate :math:`\sigma(MLP(GAP(x)))` and a spatial gate :math:`\sigma(conv([mean_c, max_c]))`.

    Args:
        channels: Channels of the maps.
        reduction: The MLP has ``channels // reduction`` hidden units, at least 1.
        kernel_size: Of the convolution, odd.
    """

    def __init__(self, channels: int, reduction: int = 16, kernel_size: int = 7) -> None:
        super().__init__()
        hidden = max(channels // reduction, 1)
        self.mlp = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))
        self.conv = nn.Conv2d(2, 1, kernel_size, padding=kernel_size // 2)

    def forward(self, maps: Tensor) -> Tensor:
        """Return gated maps (N, C, H, W) of maps (N, C, H, W)."""
        channel = self.mlp(maps.mean(dim=(2, 3)))[:, :, None, None].sigmoid()
        places = torch.cat([maps.mean(dim=1, keepdim=True), maps.amax(dim=1, keepdim=True)], dim=1)
        return maps * channel * self.conv(places).sigmoid()
