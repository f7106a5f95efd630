# SPDX-License-Identifier: Apache-2.0
"""The head of FLIP-V: a small MLP on the image tower."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .base import FLIPHead
from .ssdg_norms import divide_by_root_norm, normalize_over_classes


@MODELS.register_module()
class FLIPVHead(FLIPHead):
    r"""Two-layer MLP on the image features before the projection (FLIP section 3.1).

    The paper says "two-layer MLP head". The released code, used for the published tables, also divides the hidden
    feature by :math:`\sqrt{2 \lVert f \rVert}` and normalises the classifier's weight over the *two classes* (dimension
    0) at every forward pass, in place; the gradient refers to the normalised weight.
    ``norm=True`` does both, ``norm=False`` neither.

    Args:
        in_channels: d_v; :class:`~flip_mm.models.FLIP` sets it from the backbone.
        hidden_channels: Width of the hidden layer.
        dropout: Probability of dropping a hidden unit in training.
        norm: True: as released; False: the plain MLP.
        **kwargs: Arguments of :class:`FLIPHead`.
    """

    image_input = "features"
    with_text = False

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int = 512,
        dropout: float = 0.5,
        norm: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, **kwargs)
        self.norm = norm
        self.fc = nn.Linear(in_channels, hidden_channels)
        if not 0 <= dropout <= 1:
            raise ValueError(f"model.head.dropout={dropout} must be a probability, 0 to 1.")
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(hidden_channels, 2)
        nn.init.normal_(self.fc.weight, std=0.005)
        nn.init.constant_(self.fc.bias, 0.1)
        nn.init.normal_(self.classifier.weight, std=0.01)
        nn.init.zeros_(self.classifier.bias)

    def pre_logits(self, image: Tensor, text: Tensor | None = None) -> Tensor:
        """Return the hidden feature (N, hidden_channels) of features (N, in_channels)."""
        feature = self.dropout(F.relu(self.fc(image)))
        return divide_by_root_norm(feature) if self.norm else feature

    def forward(self, image: Tensor, text: Tensor | None = None, logit_scale: Tensor | None = None) -> Tensor:
        """Return the logits (N, 2) of features (N, in_channels); ``text`` and ``logit_scale`` are not used."""
        if self.norm:
            normalize_over_classes(self.classifier)
        return self.classifier(self.pre_logits(image))
