# SPDX-License-Identifier: Apache-2.0
"""The encoder of DupGAN."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from flip_mm.models.last_side import last_side


@MODELS.register_module()
class DupGANEncoder(BaseModule):
    """Convolutions 5 x 5 that halve the side, one over all places, and a linear layer.

    Args:
        image_size: Side of the image in pixels; the release has 32.
        channels: Output channels of the convolutions.
        latent: Channels of the code.
        init_cfg: mmengine's.

    Raises:
        ValueError: ``image_size`` is not divisible by 2 to the number of convolutions but the last.
    """

    def __init__(
        self,
        image_size: int = 32,
        channels: Sequence[int] = (64, 128, 256),
        latent: int = 512,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        *widths, last = (3, *channels)
        halving = [nn.Conv2d(n, m, 5, 2, 2) for n, m in pairwise(widths)]
        whole = nn.Conv2d(widths[-1], last, last_side(image_size, len(halving)))
        self.layers = nn.Sequential(
            *(nn.Sequential(conv, nn.BatchNorm2d(conv.out_channels), nn.LeakyReLU(0.01)) for conv in (*halving, whole))
        )
        self.latent = nn.Linear(last, latent)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Return the codes (N, latent) of images (N, 3, H, W) in -1..1."""
        return (self.latent(self.layers(images).flatten(1)),)
