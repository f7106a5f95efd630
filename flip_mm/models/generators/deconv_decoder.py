# SPDX-License-Identifier: Apache-2.0
"""The image decoder of DR-UDA."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mmpretrain.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class DeconvDecoder(nn.Module):
    """Reconstructs images from feature maps: each stage doubles the size by BN, ReLU and a transposed convolution.

    Args:
        in_channels: Channels of the feature map.
        channels: Outputs of each stage; with five of them a map of 1/32 of the size becomes an image.
        std: Standard deviation of the initial weights; those of batch normalisation have the mean 1.
    """

    def __init__(self, in_channels: int = 512, channels: Sequence[int] = (256, 256, 128, 64, 32), std: float = 0.02) -> None:
        super().__init__()
        widths = (in_channels, *channels)
        self.stages = nn.Sequential(*(_stage(*pair) for pair in pairwise(widths)))
        self.image = nn.Sequential(nn.BatchNorm2d(widths[-1]), nn.ReLU(), nn.Conv2d(widths[-1], 3, 1))
        self.conv = nn.Conv2d(3, 3, 3, padding=1, bias=False)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d)):
                nn.init.normal_(module.weight, float(isinstance(module, nn.BatchNorm2d)), std)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Return images (N, 3, 32 h, 32 w) of maps (N, in_channels, h, w)."""
        return self.conv(self.image(self.stages(features)))


def _stage(inputs: int, outputs: int) -> nn.Sequential:
    deconv = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False)
    return nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), deconv)
