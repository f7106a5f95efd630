# SPDX-License-Identifier: Apache-2.0
"""ResNet with a linear layer. Weights have the names of MMPretrain's ``ResNet``, which are torchvision's."""

from __future__ import annotations

import torchvision
from torch import Tensor, nn

from .heads import LinearHead


class ResNetClassifier(nn.Module):
    """torchvision's ResNet with two classes.

    Args:
        depth: 18, 34, 50, 101 or 152.
    """

    def __init__(self, depth: int) -> None:
        super().__init__()
        build = getattr(torchvision.models, f"resnet{depth}", None)
        if build is None:
            raise ValueError(f"architecture.depth is {depth!r}; use 18, 34, 50, 101 or 152.")
        self.tower = build()
        channels = self.tower.fc.in_features
        self.tower.fc = nn.Identity()
        self.head = LinearHead(channels)

    def forward(self, images: Tensor) -> tuple[Tensor, None]:
        """See :class:`~flip_mm.networks.build.Network`."""
        return self.head(self.tower(images))


def build_resnet(depth: int) -> ResNetClassifier:
    """Build the network."""
    return ResNetClassifier(depth)
