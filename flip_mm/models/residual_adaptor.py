# SPDX-License-Identifier: Apache-2.0
"""The adaptor of Self-DA."""

from __future__ import annotations

from torch import Tensor, nn


class ResidualAdaptor(nn.Module):
    """A convolution 1 x 1 inside a residual connection; nearly the identity at first.

    Args:
        channels: Channels of the maps.
        std: Standard deviation of the initial weights; the biases are 0.
    """

    def __init__(self, channels: int, std: float = 0.01) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)
        nn.init.normal_(self.conv.weight, std=std)
        nn.init.zeros_(self.conv.bias)

    def forward(self, maps: Tensor) -> Tensor:
        """Return adapted maps (N, C, H, W) of maps (N, C, H, W)."""
        return maps + self.conv(maps)


def orthogonality(weight: Tensor) -> Tensor:
    r"""Return :math:`\|W W^T - I\|_F^2` of the weight (C, C, 1, 1) of a convolution.

    Example:
        >>> import torch
        >>> orthogonality(torch.zeros(3, 3, 1, 1)).item(), orthogonality(torch.eye(3)[:, :, None, None]).item()
        (3.0, 0.0)
    """
    matrix = weight.flatten(1)
    product = matrix @ matrix.T
    return (product - product.new_ones(len(product)).diag()).square().sum()
