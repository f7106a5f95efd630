# SPDX-License-Identifier: Apache-2.0
"""The first stage of MADDG: an encoder of each source."""

from __future__ import annotations

import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from flip_mm.models.losses.depth_loss import depth_loss
from flip_mm.models.needs import Needs, check_domains

from .depth_classifier import DepthSupervised


@MODELS.register_module()
class MADDGExtractors(DepthSupervised):
    """One DepthNet with a depth estimator for each source, trained on the depth maps of that source alone.

    :class:`MADDG` takes the weights of ``source_encoders``. The score, which the method does not use, is the mean of the depth
    that all estimators predict.

    Args:
        backbone: For instance :class:`~flip_mm.models.DepthNet`, with the settings of the later :class:`MADDG`.
        depth_estimator: For instance :class:`~flip_mm.models.DepthEstimator`.
        num_domains: Number of sources; None: the number of training domains of the run.
        data_preprocessor: See :class:`~flip_mm.models.FASDataPreprocessor`.
        init_cfg: mmengine's.

    Raises:
        ValueError: ``num_domains`` is missing.
    """

    needs = Needs(sources=2, depth=True)

    def __init__(
        self,
        backbone: dict,
        depth_estimator: dict,
        num_domains: int | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg, {"type": "FASDataPreprocessor", **(data_preprocessor or {})})
        count = check_domains(num_domains)
        self.source_encoders = nn.ModuleList(MODELS.build(backbone) for _ in range(count))
        self.depth_estimators = nn.ModuleList(MODELS.build(depth_estimator) for _ in range(count))

    def logits(self, inputs: Tensor) -> Tensor:
        """Return log-probabilities (N, 2) of spoof and real."""
        pairs = zip(self.source_encoders, self.depth_estimators, strict=True)
        depth = torch.stack([estimator(encoder(inputs)[0]) for encoder, estimator in pairs])
        score = depth.mean(dim=(0, 2, 3, 4)).clamp(1e-6, 1 - 1e-6)
        return torch.stack([1 - score, score], dim=1).log()

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return ``loss_depth_{i}`` of the images of source i, for images (N, C, H, W) of N samples."""
        parts = zip(self.source_encoders, self.depth_estimators, self.by_domain(inputs, data_samples), strict=True)
        return {
            f"loss_depth_{number}": depth_loss(estimator(encoder(batch.images)[0]), batch.depth)
            for number, (encoder, estimator, batch) in enumerate(parts)
        }
