# SPDX-License-Identifier: Apache-2.0
"""SSAN's neck: the content of an image with the style of an image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

EPS = 1e-5
# Gamma and beta (N, C) of a style.
Style = tuple[Tensor, Tensor]


def adain(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Normalise maps (N, C, H, W) over their places, with the unbiased variance, then scale and shift by (N, C)."""
    variance, mean = torch.var_mean(x, dim=(2, 3), keepdim=True)
    return gamma[:, :, None, None] * (x - mean) / torch.sqrt(variance + EPS) + beta[:, :, None, None]


@MODELS.register_module()
class StyleAssembly(BaseModule):
    """Content and style of maps, and features of one content with one style.

    Content: one convolution, BatchNorm and ReLU. Style: convolutions with InstanceNorm, which collect three maps, the maximum
    over all places, and linear layers to a scale and a shift. As in the release, the two assembly blocks ``x + AdaIN(x)`` have
    no convolution: those that the authors' class defines get no gradient.

    Args:
        in_channels: Channels of the three maps, each of half the size of the one before.
        out_channels: Channels of the features.
        init_cfg: mmengine's; torch's initialisation by default.
    """

    def __init__(self, in_channels: Sequence[int], out_channels: int, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        first, second, last = in_channels
        self.content_conv = nn.Sequential(_halve(last, last), nn.BatchNorm2d(last), nn.ReLU())
        self.style_convs = nn.ModuleList([_halve(first, second), _halve(second, last), _halve(last, last)])
        self.fc = nn.Linear(last, last, bias=False)
        self.gamma = nn.Linear(last, last, bias=False)
        self.beta = nn.Linear(last, last, bias=False)
        self.final = nn.Sequential(_halve(last, out_channels), nn.BatchNorm2d(out_channels))

    def content(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return the content (N, C, H / 2, W / 2) of three maps, of which the last is (N, C, H, W)."""
        return self.content_conv(feats[-1])

    def style(self, feats: tuple[Tensor, ...]) -> Style:
        """Return the style of three maps."""
        first, second, last = self.style_convs
        x = F.relu(F.instance_norm(first(feats[0]), eps=EPS)) + feats[1]
        x = F.relu(F.instance_norm(second(x), eps=EPS)) + feats[2]
        x = F.instance_norm(last(x), eps=EPS).amax(dim=(2, 3))
        x = F.relu(self.fc(x))
        return self.gamma(x), self.beta(x)

    def assemble(self, content: Tensor, style: Style) -> Tensor:
        """Return the features (N, out_channels) of contents with styles."""
        for _ in range(2):
            content = content + adain(content, *style)
        return self.final(content).mean(dim=(2, 3))

    def forward(self, feats: tuple[Tensor, ...]) -> tuple[Tensor]:
        """Return the features ((N, out_channels),) of images with their own style."""
        return (self.assemble(self.content(feats), self.style(feats)),)


def _halve(in_channels: int, out_channels: int) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1, bias=False)
