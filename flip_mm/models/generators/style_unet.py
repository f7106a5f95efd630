# SPDX-License-Identifier: Apache-2.0
"""A small image-to-image network that changes the style of images."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F


@MODELS.register_module()
class StyleUNet(BaseModule):
    """A U-Net with instance normalisation that predicts what to add to an image; at first nothing.

    Args:
        channels: Channels of the levels; each further level has half the size of the one before.
        init_cfg: mmengine's.

    Example:
        >>> x = torch.rand(2, 3, 16, 16)
        >>> torch.equal(StyleUNet(channels=(4, 8))(x), x)
        True
    """

    def __init__(self, channels: Sequence[int] = (32, 64, 128), init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        inputs = [3, *channels[:-1]]
        self.down = nn.ModuleList(_block(a, b) for a, b in zip(inputs, channels, strict=True))
        self.up = nn.ModuleList(_block(a + b, a) for a, b in itertools.pairwise(channels))
        self.last = nn.Conv2d(channels[0], 3, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, images: Tensor) -> Tensor:
        """Return images (N, 3, H, W) in 0..1 of images (N, 3, H, W) in 0..1."""
        x, levels = images, []
        for number, block in enumerate(self.down):
            x = block(F.avg_pool2d(x, 2) if number else x)
            levels.append(x)
        for level, block in zip(levels[-2::-1], self.up[::-1], strict=True):
            x = block(torch.cat([level, F.interpolate(x, size=level.shape[-2:])], dim=1))
        return (images + self.last(x)).clamp(0, 1)


def _block(in_channels: int, out_channels: int) -> nn.Sequential:
    """Convolution 3 x 3, instance normalisation, ReLU."""
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.InstanceNorm2d(out_channels), nn.ReLU())
