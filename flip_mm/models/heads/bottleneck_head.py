# SPDX-License-Identifier: Apache-2.0
"""The head of SSDG: a hidden layer and a classifier, both normalised."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from mmpretrain.models import ClsHead
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .ssdg_norms import divide_by_root_norm, normalize_over_classes


@MODELS.register_module()
class BottleneckHead(ClsHead):
    r"""Linear, ReLU, dropout and a linear classifier: the layers of FLIP-V's head, with MMPretrain's interface.

    Args:
        in_channels: Channels of the pooled features.
        hidden_channels: Width of the hidden layer.
        num_classes: Number of classes, spoof and real.
        dropout: Probability of dropping a hidden unit in training.
        norm: True: as released, the hidden feature has the norm :math:`\sqrt{\lVert f \rVert / 2}`, and the classifier's
            weight is normalised over the classes at every forward pass, in place. False: neither.
        **kwargs: Arguments of MMPretrain's ``ClsHead``.
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int = 512,
        num_classes: int = 2,
        dropout: float = 0.5,
        norm: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.norm = norm
        self.fc = nn.Linear(in_channels, hidden_channels)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(hidden_channels, num_classes)
        nn.init.normal_(self.fc.weight, std=0.005)
        nn.init.constant_(self.fc.bias, 0.1)
        nn.init.normal_(self.classifier.weight, std=0.01)
        nn.init.zeros_(self.classifier.bias)

    def pre_logits(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return the hidden feature (N, hidden_channels) of a tuple; its last entry is (N, in_channels)."""
        feature = self.dropout(F.relu(self.fc(feats[-1])))
        return divide_by_root_norm(feature) if self.norm else feature

    def classify(self, feature: Tensor) -> Tensor:
        """Return the logits (N, num_classes) of hidden features."""
        if self.norm:
            normalize_over_classes(self.classifier)
        return self.classifier(feature)

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return the logits (N, num_classes)."""
        return self.classify(self.pre_logits(feats))
