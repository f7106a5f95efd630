# SPDX-License-Identifier: Apache-2.0
"""A classifier of several live and spoof classes with an additive margin, which tells real from spoof."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from flip_mm.models.precision import widen


@MODELS.register_module()
class AMSoftmaxHead(BaseModule):
    r"""Additive-margin softmax with a margin for live classes and one for spoof classes.

    .. math:: L = -\ln \frac{e^{s (\cos_y - m_y)}}{e^{s (\cos_y - m_y)} + \sum_{k \ne y} e^{s \cos_k}}

    Args:
        in_channels: Channels of the features.
        live: For each class, whether its faces are real.
        scale: :math:`s`.
        live_margin: :math:`m_y` of a live class.
        spoof_margin: :math:`m_y` of a spoof class.
        init_cfg: mmengine's.

    Raises:
        ValueError: The classes are not both live and spoof.
    """

    def __init__(
        self,
        in_channels: int,
        live: Sequence[bool],
        scale: float = 30.0,
        live_margin: float = 0.4,
        spoof_margin: float = 0.1,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if len({*live}) < 2:
            raise ValueError(f"AMSoftmaxHead needs live and spoof classes, got live={list(live)}.")
        self.scale, self.live_margin, self.spoof_margin = scale, live_margin, spoof_margin
        self.weight = nn.Parameter(torch.empty(len(live), in_channels))
        nn.init.xavier_normal_(self.weight)
        self.register_buffer("live", torch.tensor(live), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return the cosines (N, K) of features (N, in_channels) to the classes."""
        with torch.autocast(features.device.type, enabled=False):
            return F.linear(F.normalize(widen(features)), F.normalize(widen(self.weight))).clamp(-1, 1)

    def loss(self, features: Tensor, classes: Tensor) -> Tensor:
        """Return the loss of features (N, in_channels) of classes (N,), a scalar."""
        cosines = self(features)
        margins = self.spoof_margin + (self.live_margin - self.spoof_margin) * self.live.to(cosines.dtype)
        return F.cross_entropy(self.scale * (cosines - F.one_hot(classes, len(margins)) * margins), classes)

    def live_probability(self, features: Tensor) -> Tensor:
        """Return the sum of the probabilities of the live classes (N,); no margin."""
        return F.softmax(self.scale * self(features), dim=1)[:, self.live].sum(dim=1)
