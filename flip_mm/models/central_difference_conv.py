# SPDX-License-Identifier: Apache-2.0
"""Central difference convolution (Yu et al., CVPR 2020)."""

from __future__ import annotations

from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F


@MODELS.register_module()
class CentralDifferenceConv(nn.Conv2d):
    r"""Convolution minus :math:`\theta` times the sum of its kernel times the central pixel; no bias.

    That is a convolution with the central weight :math:`w_c - \theta \sum_k w_k`.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        theta: Share of the difference, 0..1; 0 is a plain convolution.

    Raises:
        ValueError: ``theta`` is not in 0..1.

    Example:
        >>> import torch
        >>> CentralDifferenceConv(1, 1, theta=1)(torch.ones(1, 1, 3, 3))[0, 0, 1, 1].abs().item() < 1e-6
        True
    """

    def __init__(self, in_channels: int, out_channels: int, theta: float = 0.7) -> None:
        if not 0 <= theta <= 1:
            raise ValueError(f"theta of a central difference convolution must be in 0..1, got {theta!r}.")
        super().__init__(in_channels, out_channels, kernel_size=3, padding=1, bias=False)
        self.theta = theta

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, out_channels, H, W) of (N, in_channels, H, W)."""
        if not self.theta:
            return super().forward(x)
        centre = F.pad(self.theta * self.weight.sum((2, 3), keepdim=True), (1, 1, 1, 1))
        return self._conv_forward(x, self.weight - centre, None)


def cdc_block(in_channels: int, out_channels: int, theta: float) -> list[nn.Module]:
    """Return the layers central difference convolution, BatchNorm, ReLU."""
    return [CentralDifferenceConv(in_channels, out_channels, theta), nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True)]
