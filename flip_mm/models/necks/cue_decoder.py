# SPDX-License-Identifier: Apache-2.0
"""The decoder of LGSC, from the maps of a ResNet to a cue of spoofing for each pixel."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmpretrain.models.backbones.resnet import BasicBlock, ResLayer
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

INSTANCE_NORM = dict(type="IN", affine=True)


class CueStep(BaseModule):
    """Enlarge a map, add that of the encoder, and refine both.

    Args:
        deep: Channels of the map.
        middle: Channels after the enlargement.
        skip: Channels of the encoder's map; 0 for none.
        out: Channels of the result.
    """

    def __init__(self, deep: int, middle: int, skip: int, out: int) -> None:
        super().__init__(init_cfg=dict(type="Kaiming", layer="Conv2d", mode="fan_in"))
        self.enlarge = ConvModule(deep, middle, 2, norm_cfg=INSTANCE_NORM)
        self.blocks = ResLayer(BasicBlock, 2, middle + skip, out, norm_cfg=INSTANCE_NORM)
        self.shortcut = ConvModule(middle + skip, out, 1, norm_cfg=INSTANCE_NORM, act_cfg=None)

    def forward(self, x: Tensor, size: Sequence[int], skip: Tensor | None) -> Tensor:
        """Return a map of the given size, which is twice that of ``x``."""
        # One row below and one column to the right, so that the 2 x 2 convolution keeps the size.
        x = self.enlarge(F.pad(F.interpolate(x, size=tuple(size)), (0, 1, 0, 1)))
        x = x if skip is None else torch.cat([x, skip], 1)
        return self.blocks(x) + self.shortcut(x)


@MODELS.register_module()
class CueDecoder(BaseModule):
    """Five steps like those of a U-Net; the last map, through tanh, is the cue.

    Args:
        in_channels: Channels of the encoder's maps, the largest map first.
        init_cfg: mmengine's.
    """

    def __init__(self, in_channels: Sequence[int] = (64, 64, 128, 256, 512), init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        first, *_ = in_channels
        steps = [CueStep(deep, skip, skip, skip) for skip, deep in pairwise(in_channels)]
        self.steps = nn.ModuleList([*reversed(steps), CueStep(first, first, 0, 3)])

    def forward(self, maps: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the encoder's last map, those of the steps, and the cue (N, 3, H, W) in -1..1.

        Args:
            maps: Maps of the encoder, the largest one, with half of the image's side, first.
        """
        skips = [*reversed(maps[:-1]), None]
        outs = [maps[-1]]
        for step, skip in zip(self.steps, skips, strict=True):
            size = [2 * side for side in maps[0].shape[-2:]] if skip is None else skip.shape[-2:]
            outs.append(step(outs[-1], size, skip))
        return (*outs[:-1], outs[-1].tanh())
