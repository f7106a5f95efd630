# SPDX-License-Identifier: Apache-2.0
"""Global average pooling and linear layers; all their outputs are returned."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mmpretrain.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class FeatureMLP(nn.Module):
    """Pools the last feature map, then applies linear layers with ReLU between them.

    The encoders of ADDA, ADA and DR-UDA: a critic reads the first output, the classifier the last one.

    Args:
        in_channels: Channels of the feature map.
        channels: Outputs of each linear layer.
    """

    def __init__(self, in_channels: int = 512, channels: Sequence[int] = (256, 128)) -> None:
        super().__init__()
        self.channels = tuple(channels)
        widths = (in_channels, *channels)
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(widths))

    def forward(self, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the output (N, channels[i]) of each layer, before ReLU, of maps (..., (N, in_channels, H, W))."""
        value, outputs = features[-1].mean((2, 3)), []
        for number, layer in enumerate(self.layers):
            value = layer(value.relu() if number else value)
            outputs.append(value)
        return tuple(outputs)
