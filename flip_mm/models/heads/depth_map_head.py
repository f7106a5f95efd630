# SPDX-License-Identifier: Apache-2.0
"""Head that predicts a depth map, and takes its mean as the score."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from flip_mm.models import sample_fields
from flip_mm.models.central_difference_conv import CentralDifferenceConv, cdc_block
from flip_mm.models.losses.depth_loss import depth_loss
from flip_mm.models.needs import Needs
from flip_mm.models.precision import widen

# Smallest probability, so that logits are finite.
LEAST = 1e-12


@MODELS.register_module()
class DepthMapHead(BaseModule):
    """Central difference convolutions to one channel; the last one has a ReLU but no BatchNorm, so that depth is at least 0.

    The probability of real is the mean of the map, at most 1.

    Args:
        in_channels: Channels of the features.
        channels: Channels of the convolutions before the last: ``(128,)`` for CDCN++, ``(128, 64)`` for CDCN.
        contrast: The loss on the contrast of the map, beside its mean squared error.
        theta: See :class:`~flip_mm.models.central_difference_conv.CentralDifferenceConv`.
        init_cfg: mmengine's.
    """

    needs = Needs(depth=True)

    def __init__(
        self,
        in_channels: int = 384,
        channels: Sequence[int] = (128,),
        contrast: dict | None = None,
        theta: float = 0.7,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        layers = [layer for pair in itertools.pairwise([in_channels, *channels]) for layer in cdc_block(*pair, theta)]
        self.layers = nn.Sequential(*layers, CentralDifferenceConv(channels[-1], 1, theta), nn.ReLU())
        self.contrast = MODELS.build(contrast or dict(type="ContrastDepthLoss"))

    def maps(self, feats: tuple[Tensor]) -> Tensor:
        """Return depth maps (N, 1, g, g) of features (N, in_channels, g, g), in a tuple."""
        return self.layers(feats[-1])

    def scores(self, feats: tuple[Tensor]) -> Tensor:
        """Return the probabilities (N, 2) of spoof and real."""
        real = widen(self.maps(feats)).mean((1, 2, 3)).clamp(max=1)
        return torch.stack([1 - real, real], dim=1)

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Return logits (N, 2): the logarithms of :meth:`scores`."""
        return self.scores(feats).clamp(min=LEAST).log()

    def loss(self, feats: tuple[Tensor], data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return ``loss_absolute`` and ``loss_contrast``.

        Raises:
            ValueError: A sample has no depth map or no label, or the maps have another size.
        """
        if not sample_fields.is_labelled(data_samples).all():
            raise ValueError("DepthMapHead does not use unlabelled images of the target: remove run.unlabelled.")
        maps = self.maps(feats)
        depth = sample_fields.depth_maps(data_samples, maps.device).to(widen(maps).dtype)
        return dict(loss_absolute=depth_loss(maps, depth), loss_contrast=self.contrast(widen(maps), depth))

    def predict(self, feats: tuple[Tensor], data_samples: list[DataSample] | None = None) -> list[DataSample]:
        """Return samples with ``pred_score`` (2,), probabilities of (spoof, real), and ``pred_label`` (1,)."""
        return sample_fields.with_scores(self.scores(feats), data_samples)
