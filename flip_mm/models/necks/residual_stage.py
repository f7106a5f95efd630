# SPDX-License-Identifier: Apache-2.0
"""A further stage of a ResNet after a backbone, for methods that do not take its pre-trained weights."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from mmpretrain.models import GlobalAveragePooling
from mmpretrain.models.backbones.resnet import BasicBlock, ResLayer
from mmpretrain.registry import MODELS
from torch import Tensor

TORCHVISION = (dict(type="Kaiming", layer="Conv2d"), dict(type="Constant", val=1, layer="_BatchNorm"))


@MODELS.register_module()
class ResidualStage(BaseModule):
    """Basic blocks, the first with stride 2, and the mean over all places.

    Args:
        in_channels: Channels of the backbone's last map.
        out_channels: Channels of the blocks.
        num_blocks: Number of blocks.
        init_cfg: mmengine's; torchvision's initialisation by default.
    """

    def __init__(
        self, in_channels: int, out_channels: int, num_blocks: int = 2, init_cfg: dict | Sequence[dict] | None = TORCHVISION
    ) -> None:
        super().__init__(list(init_cfg) if isinstance(init_cfg, tuple) else init_cfg)
        # The name in a ResNet, so that weights of its last stage can be loaded.
        self.layer4 = ResLayer(BasicBlock, num_blocks, in_channels, out_channels, stride=2)
        self.pool = GlobalAveragePooling()

    def forward(self, feats: tuple[Tensor, ...]) -> tuple[Tensor]:
        """Return ((N, out_channels),) for maps of which the last is (N, in_channels, H, W)."""
        return (self.pool(self.layer4(feats[-1])),)
