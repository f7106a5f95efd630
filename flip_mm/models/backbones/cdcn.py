# SPDX-License-Identifier: Apache-2.0
"""Central difference convolutional networks (Yu et al., CVPR 2020)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from flip_mm.models.central_difference_conv import cdc_block


@MODELS.register_module()
class CDCN(BaseModule):
    """Three blocks of central difference convolutions; their outputs, resized to one size, are concatenated.

    The defaults are CDCN++. CDCN has three blocks ``(128, 196, 128)`` and ``attention=None``.

    Args:
        stem: Channels of the first convolution.
        blocks: Channels of the convolutions of each block; a max pooling ends the block.
        attention: Side of the kernel of each block's spatial attention, which weights its output for the concatenation but not
            for the next block; None for none.
        map_size: Side of the output.
        theta: See :class:`~flip_mm.models.central_difference_conv.CentralDifferenceConv`.
        init_cfg: mmengine's.

    Raises:
        ValueError: There is not one kernel for each block, or a kernel is even.

    Example:
        >>> CDCN(4, [(8, 6), (6,), (5,)], map_size=4)(torch.zeros(2, 3, 16, 16))[0].shape
        torch.Size([2, 17, 4, 4])
    """

    def __init__(
        self,
        stem: int = 64,
        blocks: Sequence[Sequence[int]] = ((128, 204, 128), (153, 128, 179, 128), (128, 153, 128)),
        attention: Sequence[int] | None = (7, 5, 3),
        map_size: int = 32,
        theta: float = 0.7,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if attention is not None and (len(attention) != len(blocks) or not all(side % 2 for side in attention)):
            raise ValueError(
                f"model.backbone.attention must be an odd number for each of {len(blocks)} blocks, got {attention!r}."
            )
        self.map_size = map_size
        self.stem = nn.Sequential(*cdc_block(3, stem, theta))
        self.blocks = nn.ModuleList()
        for widths in blocks:
            pairs = itertools.pairwise([stem, *widths])
            layers = [layer for pair in pairs for layer in cdc_block(*pair, theta)]
            self.blocks.append(nn.Sequential(*layers, nn.MaxPool2d(3, stride=2, padding=1)))
            stem = widths[-1]
        self.attention = nn.ModuleList(nn.Conv2d(2, 1, side, padding=side // 2, bias=False) for side in attention or ())
        self.out_channels = sum(widths[-1] for widths in blocks)

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Return (N, out_channels, map_size, map_size) of images (N, 3, H, W), in a tuple."""
        x, maps = self.stem(x), []
        for number, block in enumerate(self.blocks):
            x = block(x)
            scale = x * self.attend(number, x) if self.attention else x
            maps.append(F.interpolate(scale, (self.map_size, self.map_size), mode="bilinear", align_corners=False))
        return (torch.cat(maps, dim=1),)

    def attend(self, number: int, x: Tensor) -> Tensor:
        """Return the weights (N, 1, h, w) in 0..1 of the output (N, C, h, w) of a block."""
        strongest = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)
        return self.attention[number](strongest).sigmoid()
