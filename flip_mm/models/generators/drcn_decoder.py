# SPDX-License-Identifier: Apache-2.0
"""The decoder of DRCN."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from flip_mm.models.last_side import last_side


@MODELS.register_module()
class DRCNDecoder(BaseModule):
    """Mirror of :class:`~flip_mm.models.DRCNEncoder`; the output is clipped to 0..1.

    Args:
        image_size: Side of the image in pixels, divisible by 4.
        channels: Those of the encoder.
        hidden: That of the encoder.
        init_cfg: mmengine's.

    Raises:
        ValueError: ``image_size`` is not divisible by 4.
    """

    def __init__(
        self,
        image_size: int = 32,
        channels: Sequence[int] = (100, 150, 200),
        hidden: int = 1024,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        first, second, third = channels
        side = last_side(image_size, 2)
        self.layers = nn.Sequential(
            *(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, third * side**2), nn.ReLU()),
            *(nn.Unflatten(1, (third, side, side)), nn.Conv2d(third, third, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(third, second, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2)),
            *(nn.Conv2d(second, first, 3, padding=1), nn.ReLU(), nn.Upsample(scale_factor=2)),
            nn.Conv2d(first, 3, 3, padding=1),
        )

    def forward(self, codes: Tensor) -> Tensor:
        """Return images (N, 3, H, W) of codes (N, hidden)."""
        return self.layers(codes).clamp(0, 1)
