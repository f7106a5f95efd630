# SPDX-License-Identifier: Apache-2.0
"""DepthNet trained on all source images together, with class and depth."""

from __future__ import annotations

from typing import Any

from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.models.losses.depth_loss import depth_loss

from .depth_classifier import DepthClassifier, class_loss


@MODELS.register_module()
class DepthBaseline(DepthClassifier):
    """The source model of GDA: mean cross entropy plus ``depth_weight`` times the mean squared error of the depth.

    Args:
        depth_weight: Weight of the depth loss.
        kwargs: As for :class:`DepthClassifier`.
    """

    def __init__(self, *, depth_weight: float = 10.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.depth_weight = depth_weight

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return ``loss_cls`` and ``loss_depth``, weighted, of images (N, C, H, W) with ``gt_label`` and ``depth``."""
        batch = self.labelled(inputs, data_samples)
        every, embedded = self.extract_feat(batch.images)
        return dict(
            loss_cls=class_loss(self.embedder(embedded)[1], batch.labels),
            loss_depth=self.depth_weight * depth_loss(self.depth_estimator(every), batch.depth),
        )
