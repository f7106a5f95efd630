# SPDX-License-Identifier: Apache-2.0
"""The critics of MADDG."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from flip_mm.models.conv_block import init_weights


class MapCritic(nn.Sequential):
    """Scores of parts of feature maps: convolutions 4 x 4 of stride 2 with BatchNorm and LeakyReLU, then one of stride 1.

    Args:
        in_channels: Channels of the maps.
        channels: Channels of the convolutions of stride 2; the maps must have at least 2 ** (their number + 1) places a side.

    Example:
        >>> import torch
        >>> MapCritic(4, channels=(4, 8, 16))(torch.zeros(2, 4, 32, 32)).shape
        torch.Size([2, 1, 3, 3])
    """

    def __init__(self, in_channels: int, channels: Sequence[int] = (128, 256, 512)) -> None:
        layers = []
        for inputs, outputs in pairwise([in_channels, *channels]):
            layers += [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
        super().__init__(*layers, nn.Conv2d(channels[-1], 1, 4, 1, 1, bias=False))
        for layer in self:
            init_weights(layer, "xavier")

    def forward(self, maps: Tensor) -> Tensor:
        """Return scores (N, 1, h, w) of maps (N, in_channels, g, g).

        Raises:
            ValueError: g is too small.
        """
        smallest = 2 ** (sum(isinstance(layer, nn.LeakyReLU) for layer in self) + 1)
        if min(maps.shape[-2:]) < smallest:
            raise ValueError(
                f"model.critic_channels: the critics need maps of at least {smallest} x {smallest}, got "
                f"{tuple(maps.shape[-2:])}: use larger images or fewer channels."
            )
        return super().forward(maps)
