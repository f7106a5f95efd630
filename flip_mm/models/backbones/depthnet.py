# SPDX-License-Identifier: Apache-2.0
"""The feature extractor that MADDG, RfMeta, ANRL and others share."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from flip_mm.models.conv_block import ConvBlock


@MODELS.register_module()
class DepthNet(BaseModule):
    """Ten convolutions and three poolings; the maps of the three scales, reduced to the smallest, are concatenated.

    Args:
        in_channels: Channels of the images: 6 for RGB and HSV.
        channels: Channels after the first convolution, then those of the three convolutions of each of the three stages.
        conv_bias: Whether the convolutions have a bias (RfMeta, ANRL).
        norm: ``'bn'``, or ``'adanorm'`` for ANRL's :class:`~flip_mm.models.conv_block.AdaNorm`.
        init: ``'xavier'`` (MADDG, RfMeta) or ``'kaiming'`` (ANRL), see :func:`~flip_mm.models.conv_block.init_weights`.
        init_cfg: mmengine's.

    Raises:
        ValueError: ``channels`` are not four numbers, or ``norm`` or ``init`` is none of these.

    Example:
        >>> cat, d3 = DepthNet(channels=(4, 8, 12, 8))(torch.zeros(2, 6, 32, 32))
        >>> cat.shape, d3.shape
        (torch.Size([2, 24, 4, 4]), torch.Size([2, 8, 4, 4]))
    """

    def __init__(
        self,
        in_channels: int = 6,
        channels: Sequence[int] = (64, 128, 196, 128),
        conv_bias: bool = False,
        norm: str = "bn",
        init: str = "xavier",
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if len(channels) != 4:
            raise ValueError(f"model.backbone.channels must be four numbers, got {channels!r}.")
        first, *stage = channels

        def block(inputs: int, outputs: int) -> ConvBlock:
            return ConvBlock(inputs, outputs, conv_bias, norm, init=init)

        self.stem = block(in_channels, first)
        self.stages = nn.ModuleList()
        for inputs in (first, stage[-1], stage[-1]):
            widths = [inputs, *stage]
            blocks = [block(a, b) for a, b in itertools.pairwise(widths)]
            self.stages.append(nn.Sequential(*blocks, nn.MaxPool2d(2)))
        self.out_channels = (3 * stage[-1], stage[-1])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the concatenated maps and those of the last stage.

        Args:
            x: (N, in_channels, H, W), H and W divisible by 8.

        Returns:
            (N, 3 C, H / 8, W / 8) and (N, C, H / 8, W / 8), C the last of ``channels``.

        Raises:
            ValueError: H or W is not divisible by 8.
        """
        x = self.stem(check_sides(x))
        scales = []
        for stage in self.stages:
            x = stage(x)
            scales.append(x)
        return join_scales(scales)


def check_sides(x: Tensor) -> Tensor:
    """Return images (N, C, H, W); raise a ValueError if H or W is not divisible by 8."""
    if x.shape[-1] % 8 or x.shape[-2] % 8:
        raise ValueError(f"DepthNet takes images with sides divisible by 8, got {tuple(x.shape[-2:])}: change their size.")
    return x


def join_scales(scales: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return the maps of all stages, reduced to the size of the last and concatenated, and those of the last."""
    last = scales[-1]
    pooled = [F.adaptive_avg_pool2d(maps, last.shape[-2:]) for maps in scales[:-1]]
    return torch.cat([*pooled, last], dim=1), last
