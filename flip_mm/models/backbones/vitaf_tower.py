# SPDX-License-Identifier: Apache-2.0
"""The image tower of ViTAF: a vision transformer of timm with adapters in every block."""

from __future__ import annotations

from typing import Any

import torch
from mmpretrain.registry import MODELS
from timm.models.vision_transformer import Block, VisionTransformer
from torch import Tensor

from .adapted_block import AdaptedBlock
from .timm_tower import TimmTower


@MODELS.register_module()
class ViTAFTower(TimmTower):
    """A :class:`TimmTower` with adapters and feature-wise transformation, see :class:`AdaptedBlock`.

    ``pretrained`` fills all but the adapters. Freeze the rest with ``model.frozen``.

    Args:
        arch: Name of a vision transformer of timm.
        adapter_channels: Width of the adapters.
        gamma: Start of the noise's scale: 0.3, in protocol 2 0.1.
        beta: Start of the noise's shift: 0.5, in protocol 2 0.1.
        doubled_residual: True: as released, both adapters of a pair carry the residual, so that each branch of the pretrained
            transformer is doubled; False: adapters of zero output leave it as it is.
        **kwargs: Arguments of :class:`TimmTower`.

    Raises:
        ValueError: The architecture has other blocks than those of the vision transformer.
    """

    def __init__(
        self,
        arch: str = "vit_base_patch16_224",
        adapter_channels: int = 64,
        gamma: float = 0.3,
        beta: float = 0.5,
        doubled_residual: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(arch, **kwargs)
        if not isinstance(self.visual, VisionTransformer) or any(type(block) is not Block for block in self.visual.blocks):
            raise ValueError(f"model.backbone.arch={arch!r} has no blocks of the plain vision transformer: use vit_*_patch*.")
        for number, block in enumerate(self.visual.blocks):
            self.visual.blocks[number] = AdaptedBlock(block, adapter_channels, gamma, beta, doubled_residual)

    def measure_cosines(self) -> None:
        """Let every training pass keep the cosines for :meth:`squared_cosines`."""
        for block in self.visual.blocks:
            block.measures_cosines = True

    def squared_cosines(self) -> Tensor:
        """Return the squared cosines of the last training pass, two for each block, see :class:`AdaptedBlock`."""
        return torch.stack([value for block in self.visual.blocks for value in block.squared_cosines])
