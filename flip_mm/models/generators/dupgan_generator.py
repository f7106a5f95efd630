# SPDX-License-Identifier: Apache-2.0
"""The generator of DupGAN."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from flip_mm.models.last_side import last_side


@MODELS.register_module()
class DupGANGenerator(BaseModule):
    """Transposed convolutions from a code and the bit of a domain to an image in -1..1.

    Args:
        image_size: Side of the image in pixels.
        channels: Output channels of all layers but the last.
        latent: Channels of the code.
        bits: Further input channels: 1 for the bit of the domain, 0 for none.
        init_cfg: mmengine's.

    Raises:
        ValueError: ``image_size`` is not divisible by 2 to the number of layers but the first.
    """

    def __init__(
        self,
        image_size: int = 32,
        channels: Sequence[int] = (256, 128, 64),
        latent: int = 512,
        bits: int = 1,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.bits = bits
        widths = (latent + bits, *channels)
        # 1 x 1 -> the side that the other layers double to the image's.
        first = nn.ConvTranspose2d(widths[0], widths[1], last_side(image_size, len(channels)))
        rest = [nn.ConvTranspose2d(n, m, 4, 2, 1) for n, m in pairwise(widths[1:])]
        hidden = [nn.Sequential(layer, nn.BatchNorm2d(layer.out_channels), nn.LeakyReLU(0.01)) for layer in (first, *rest)]
        self.layers = nn.Sequential(*hidden, nn.Sequential(nn.ConvTranspose2d(widths[-1], 3, 4, 2, 1)))

    def forward(self, codes: Tensor, bit: int = 0) -> Tensor:
        """Return images (N, 3, H, W) of codes (N, latent), of the domain of a bit: 0 source, 1 target."""
        bits = codes.new_full((len(codes), self.bits), bit)
        return self.layers(torch.cat([codes, bits], 1)[:, :, None, None]).tanh()
