# SPDX-License-Identifier: Apache-2.0
"""The encoder of DRCN."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from flip_mm.models.last_side import last_side


@MODELS.register_module()
class DRCNEncoder(BaseModule):
    """Three convolutions with ReLU, max pooling after the first two, two linear layers with ReLU.

    Args:
        image_size: Side of the image in pixels, divisible by 4; the release has 32.
        channels: Output channels of the convolutions.
        hidden: Outputs of the linear layers.
        dropout: Probability of dropping an output of a linear layer.
        init_cfg: mmengine's.

    Raises:
        ValueError: ``image_size`` is not divisible by 4.
    """

    def __init__(
        self,
        image_size: int = 32,
        channels: Sequence[int] = (100, 150, 200),
        hidden: int = 1024,
        dropout: float = 0.5,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        first, second, third = channels
        self.convs = nn.Sequential(
            *(nn.Conv2d(3, first, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(first, second, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(second, third, 3, padding=1), nn.ReLU(), nn.Flatten()),
        )
        self.fc1 = nn.Linear(third * last_side(image_size, 2) ** 2, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.dropout = nn.Dropout(dropout)

    def forward(self, images: Tensor, dropout: bool = True) -> tuple[Tensor]:
        """Return the codes (N, hidden) of images (N, 3, H, W) in 0..1; without ``dropout`` for the decoder."""
        x = self.convs(images)
        for layer in (self.fc1, self.fc2):
            x = layer(x).relu()
            x = self.dropout(x) if dropout else x
        return (x,)
