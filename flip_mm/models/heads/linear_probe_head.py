# SPDX-License-Identifier: Apache-2.0
"""A linear classifier on the features of the image tower."""

from __future__ import annotations

from typing import Any

from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .base import FLIPHead


@MODELS.register_module()
class LinearProbeHead(FLIPHead):
    """One linear layer on the image features before the projection.

    With ``model.frozen=["backbone"]`` it is the linear probe of CLIP's paper.

    Args:
        in_channels: d_v; :class:`~flip_mm.models.FLIP` sets it from the backbone.
        **kwargs: Arguments of :class:`FLIPHead`.
    """

    image_input = "features"
    with_text = False

    def __init__(self, in_channels: int, **kwargs: Any) -> None:
        super().__init__(in_channels, **kwargs)
        self.classifier = nn.Linear(in_channels, 2)
        nn.init.normal_(self.classifier.weight, std=0.01)
        nn.init.zeros_(self.classifier.bias)

    def pre_logits(self, image: Tensor, text: Tensor | None = None) -> Tensor:
        """Return the features (N, in_channels) as they are."""
        return image

    def forward(self, image: Tensor, text: Tensor | None = None, logit_scale: Tensor | None = None) -> Tensor:
        """Return the logits (N, 2) of features (N, in_channels); ``text`` and ``logit_scale`` are not used."""
        return self.classifier(image)
