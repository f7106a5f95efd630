# SPDX-License-Identifier: Apache-2.0
"""The networks of CDFTN that translate images of two domains."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .munit import AdaINDecoder, CodeEncoder, ContentEncoder

DOMAINS = "source", "target"


@MODELS.register_module()
class CDFTNTranslator(BaseModule):
    """One encoder of liveness, an encoder of content and a decoder for each domain.

    Args:
        channels: Widths of the encoders; each but the first halves the side.
        blocks: Residual blocks of each content encoder and decoder.
        latent: Channels of the liveness code.
        init_cfg: mmengine's.
    """

    def __init__(
        self,
        channels: Sequence[int] = (64, 128, 256, 256),
        blocks: int = 4,
        latent: int = 256,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.liveness = CodeEncoder(channels, latent)
        self.contents = nn.ModuleDict({name: ContentEncoder(channels, blocks) for name in DOMAINS})
        self.decoders = nn.ModuleDict({name: AdaINDecoder(channels, blocks, latent) for name in DOMAINS})

    def forward(self, images: Tensor, others: Tensor) -> Tensor:
        """Return target images (N, 3, H, W) with the liveness of source images and the content of target images.

        Args:
            images: Source images (N, 3, H, W) in -1..1, with sides divisible by 2 to the number of halvings.
            others: As many target images.
        """
        return self.decoders["target"](self.liveness(images), self.contents["target"](others))
