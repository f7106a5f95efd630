# SPDX-License-Identifier: Apache-2.0
"""The discriminator of DupGAN: classes of real images, and "generated"."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from flip_mm.models.last_side import last_side


@MODELS.register_module()
class DupGANDiscriminator(BaseModule):
    """Convolutions 5 x 5 with ReLU, max pooling and dropout; the last output is "generated".

    Args:
        image_size: Side of the image in pixels.
        channels: Output channels of the layers; each halves the side.
        num_classes: Classes of real images.
        dropout: Probability of dropping an entry after each layer.
        init_cfg: mmengine's.

    Raises:
        ValueError: ``image_size`` is not divisible by 2 to the number of layers.
    """

    def __init__(
        self,
        image_size: int = 32,
        channels: Sequence[int] = (64, 128, 256, 512),
        num_classes: int = 2,
        dropout: float = 0.1,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.num_classes = num_classes
        self.layers = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(n, m, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(dropout))
                for n, m in zip((3, *channels[:-1]), channels, strict=True)
            )
        )
        self.classifier = nn.Conv2d(channels[-1], num_classes + 1, last_side(image_size, len(channels)))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (N, num_classes + 1) of images (N, 3, H, W) in -1..1."""
        return self.classifier(self.layers(images)).flatten(1)
