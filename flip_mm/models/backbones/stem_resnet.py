# SPDX-License-Identifier: Apache-2.0
"""ResNet that also returns the map of the stem."""

from __future__ import annotations

from mmpretrain.models import ResNet
from mmpretrain.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class StemResNet(ResNet):
    """MMPretrain's ``ResNet``; the maps begin with that of the stem, after its ReLU and before the pooling.

    Args:
        depth: As for ``ResNet``.
        **kwargs: As for ``ResNet``; ``out_indices`` are those of the four stages, by default all.
    """

    def __init__(self, depth: int, **kwargs) -> None:  # noqa: ANN003
        super().__init__(depth, **{"out_indices": (0, 1, 2, 3), **kwargs})

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return five maps of images (N, 3, H, W), with sides from H / 2 to H / 32."""
        x = self.relu(self.norm1(self.conv1(images)))
        maps = [x]
        x = self.maxpool(x)
        for name in self.res_layers:
            x = getattr(self, name)(x)
            maps.append(x)
        return tuple(maps)
