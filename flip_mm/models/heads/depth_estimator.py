# SPDX-License-Identifier: Apache-2.0
"""From the maps of DepthNet to a depth map."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from flip_mm.models.conv_block import ConvBlock


@MODELS.register_module()
class DepthEstimator(BaseModule):
    """Three convolutions with BatchNorm and ReLU; the last one has one channel, so that the depth is at least 0.

    Args:
        in_channels: Channels of the maps.
        channels: Channels of the convolutions before the last.
        conv_bias: Whether the convolutions have a bias (RfMeta, ANRL).
        init: ``'xavier'`` (MADDG, RfMeta) or ``'kaiming'`` (ANRL), see :func:`~flip_mm.models.conv_block.init_weights`.
        init_cfg: mmengine's.

    Example:
        >>> import torch
        >>> DepthEstimator(24, channels=(8, 4))(torch.zeros(2, 24, 4, 4)).shape
        torch.Size([2, 1, 4, 4])
    """

    def __init__(
        self,
        in_channels: int = 384,
        channels: Sequence[int] = (128, 64),
        conv_bias: bool = False,
        init: str = "xavier",
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        widths = [in_channels, *channels, 1]
        self.blocks = nn.Sequential(*(ConvBlock(a, b, conv_bias, init=init) for a, b in itertools.pairwise(widths)))

    def forward(self, maps: Tensor) -> Tensor:
        """Return depth maps (N, 1, g, g) of maps (N, in_channels, g, g)."""
        return self.blocks(maps)
