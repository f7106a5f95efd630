# SPDX-License-Identifier: Apache-2.0
"""The activation between the code of DupGAN and its classifier."""

from __future__ import annotations

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor
from torch.nn import functional as F


@MODELS.register_module()
class LeakyReLUNeck(BaseModule):
    """Leaky ReLU of each map.

    Args:
        negative_slope: Slope below 0.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, maps: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return maps of the same shapes."""
        return tuple(F.leaky_relu(one, self.negative_slope) for one in maps)
