# SPDX-License-Identifier: Apache-2.0
"""The head of USDAN: the bottleneck of SSDG, and a random direction for each class that is not trained."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .bottleneck_head import BottleneckHead


@MODELS.register_module()
class FixedDirectionHead(BottleneckHead):
    """Projects hidden features on directions of length 1, without scale and bias.

    The release never gives the directions to an optimizer: they stay as they were drawn, and only the features learn.

    Args:
        *args: Arguments of :class:`BottleneckHead`.
        learn_directions: Train the directions.
        **kwargs: As ``*args``.

    Attributes:
        kernel (Tensor): (hidden_channels, num_classes), a parameter if it is trained, otherwise a buffer.
    """

    def __init__(self, *args: Any, learn_directions: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        classes, width = self.classifier.weight.shape
        del self.classifier
        kernel = F.normalize(torch.empty(width, classes).uniform_(-1, 1), dim=0)
        if learn_directions:
            self.kernel = nn.Parameter(kernel)
        else:
            self.register_buffer("kernel", kernel)

    def classify(self, feature: Tensor) -> Tensor:
        """Return the logits (N, num_classes) of hidden features."""
        return feature @ F.normalize(self.kernel, dim=0)
