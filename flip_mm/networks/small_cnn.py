# SPDX-License-Identifier: Apache-2.0
"""A CNN of a few layers, with a head."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from .heads import build_head
from .image_tower import ImageTowerClassifier


def build_small_cnn(channels: Sequence[int], projection: Sequence[int], head: Mapping[str, Any]) -> ImageTowerClassifier:
    """Build the network of a student.

    Args:
        channels: See :func:`conv_tower`.
        projection: Shape of the projection matrix after the tower.
        head: ``kind`` and arguments of the head.
    """
    return ImageTowerClassifier(conv_tower(channels), tuple(projection), build_head(**head))


def conv_tower(channels: Sequence[int]) -> nn.Sequential:
    """Build convolutions 3 x 3 with stride 2, BatchNorm and ReLU, and the mean over all places.

    Args:
        channels: Output channels of each convolution.

    Returns:
        Images (N, 3, H, W) -> features (N, channels[-1]).
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, (before, after) in enumerate(zip((3, *channels), channels, strict=False)):
        layers[f"conv{number}"] = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
        layers[f"bn{number}"] = nn.BatchNorm2d(after)
        layers[f"relu{number}"] = nn.ReLU(inplace=True)
    layers["pool"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    return nn.Sequential(layers)
