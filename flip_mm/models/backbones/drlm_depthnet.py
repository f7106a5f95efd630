# SPDX-License-Identifier: Apache-2.0
"""DepthNet with the domain representation learning modules of D2AM."""

from __future__ import annotations

from typing import Any

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .depthnet import DepthNet, check_sides, join_scales


class DRLM(nn.Module):
    r"""Divides maps by channel attention into task features :math:`a F` and domain features :math:`(1 - a) F`.

    :math:`a = \sigma(W_2\,ReLU(W_1\,GAP(F)))`, a squeeze-and-excitation block.

    Args:
        channels: Channels of the maps.
        reduction: Channels of the hidden layer are ``channels // reduction``, at least 1.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        hidden = max(channels // reduction, 1)
        self.attention = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels), nn.Sigmoid())
        self.presence = nn.Linear(channels, 1)

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Return task features and domain features of maps, (N, C, H, W) each."""
        share = self.attention(maps.mean(dim=(2, 3)))[:, :, None, None]
        return share * maps, (1 - share) * maps


@MODELS.register_module()
class DRLMDepthNet(DepthNet):
    """A DepthNet with a :class:`DRLM` after each stage; the next stage gets the task features.

    Args:
        reduction: See :class:`DRLM`.
        kwargs: As for :class:`DepthNet`.

    Example:
        >>> cat, d3, domain = DRLMDepthNet(channels=(4, 8, 12, 8)).with_domain_maps(torch.zeros(2, 6, 32, 32))
        >>> d3.shape, [tuple(maps.shape) for maps in domain]
        (torch.Size([2, 8, 4, 4]), [(2, 8, 16, 16), (2, 8, 8, 8), (2, 8, 4, 4)])
    """

    def __init__(self, *, reduction: int = 16, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.drlms = nn.ModuleList(DRLM(self.out_channels[1], reduction) for _ in self.stages)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the concatenated task features and those of the last stage, as :class:`DepthNet`."""
        return self.with_domain_maps(x)[:2]

    def with_domain_maps(self, x: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Return what :meth:`forward` returns, and the domain features (N, C, H', W') of the stages."""
        x = self.stem(check_sides(x))
        task, domain = [], []
        for stage, drlm in zip(self.stages, self.drlms, strict=True):
            x, rest = drlm(stage(x))
            task.append(x)
            domain.append(rest)
        return (*join_scales(task), domain)

    def presence(self, domain_maps: list[Tensor]) -> Tensor:
        r"""Return the logits of :math:`P = \sigma(w\,GAP(F^-))`, (stages, N), of the domain features of the stages."""
        pairs = zip(self.drlms, domain_maps, strict=True)
        return torch.stack([drlm.presence(maps.mean(dim=(2, 3)))[:, 0] for drlm, maps in pairs])
