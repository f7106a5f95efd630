# SPDX-License-Identifier: Apache-2.0
"""From the maps of DepthNet to a feature vector and logits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from flip_mm.models.conv_block import ConvBlock, init_weights


@MODELS.register_module()
class DepthEmbedder(BaseModule):
    """Three convolutions with max pooling in between, the mean over all places, then one or two linear layers.

    Args:
        in_channels: Channels of the maps.
        channels: Channels of the three convolutions; the last is the width of the feature vector.
        hidden: Width of a hidden linear layer with BatchNorm and ReLU (MADDG: 128); None for none.
        out_channels: Logits: 1 for binary cross-entropy, 2 for softmax.
        bn_momentum: Momentum of the running statistics of BatchNorm after the convolutions.
        conv_bias: Whether the convolutions have a bias (RfMeta, ANRL).
        init: ``'xavier'`` (MADDG, RfMeta) or ``'kaiming'`` (ANRL), see :func:`~flip_mm.models.conv_block.init_weights`.
        init_cfg: mmengine's.

    Example:
        >>> import torch
        >>> features, logits = DepthEmbedder(8, channels=(4, 8, 16))(torch.zeros(2, 8, 4, 4))
        >>> features.shape, logits.shape
        (torch.Size([2, 16]), torch.Size([2, 1]))
    """

    def __init__(
        self,
        in_channels: int,
        channels: Sequence[int] = (128, 256, 512),
        hidden: int | None = None,
        out_channels: int = 1,
        bn_momentum: float = 0.1,
        conv_bias: bool = False,
        init: str = "xavier",
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        widths = [in_channels, *channels]
        self.blocks = nn.ModuleList(
            ConvBlock(a, b, conv_bias, momentum=bn_momentum, init=init) for a, b in itertools.pairwise(widths)
        )
        width = channels[-1] if hidden is None else hidden
        self.hidden = nn.Identity()
        if hidden is not None:
            self.hidden = nn.Sequential(nn.Linear(channels[-1], hidden), nn.BatchNorm1d(hidden), nn.ReLU())
            init_weights(self.hidden[0], init)
        self.fc = nn.Linear(width, out_channels)
        init_weights(self.fc, init)

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (N, channels[-1]) and logits (N, out_channels).

        Args:
            maps: (N, in_channels, g, g), g at least 4.

        Raises:
            ValueError: g is too small.
        """
        if min(maps.shape[-2:]) < 2 ** (len(self.blocks) - 1):
            raise ValueError(
                f"The maps of {tuple(maps.shape[-2:])} are too small for {len(self.blocks) - 1} poolings: use larger images."
            )
        for i, block in enumerate(self.blocks):
            maps = block(F.max_pool2d(maps, 2) if i else maps)
        features = maps.mean(dim=(2, 3))
        return features, self.fc(self.hidden(features))
