# SPDX-License-Identifier: Apache-2.0
"""ViTAF: adapters in a frozen vision transformer, kept different by an orthogonality term."""

from __future__ import annotations

from typing import Any

from mmpretrain.registry import MODELS
from torch import Tensor

from .flip import FLIP


@MODELS.register_module()
class ViTAF(FLIP):
    """Few-shot face anti-spoofing with adaptive transformers (Huang et al., ECCV 2022), as in FLIP's tables.

    Args:
        orthogonality: Weight of the sum of :meth:`~flip_mm.models.ViTAFTower.squared_cosines`. 0, the default: the released
            code computes the term, but it never reaches the loss. Its weights for the target C or I are 0.03, for M or O 1,
            for CeFA 1, SURF 0.1 and WMCA 0.01.
        **kwargs: Arguments of :class:`~flip_mm.models.FLIP`; the backbone is a :class:`~flip_mm.models.ViTAFTower`.

    Raises:
        ValueError: The weight is negative.
    """

    def __init__(self, *args: Any, orthogonality: float = 0.0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if orthogonality < 0:
            raise ValueError(f"model.orthogonality={orthogonality} must not be negative.")
        self.orthogonality = orthogonality
        if orthogonality:
            self.backbone.measure_cosines()

    def loss(self, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        """Compute the losses of a training batch, as :meth:`FLIP.loss`, with ``loss_orthogonality`` if it has a weight."""
        losses = super().loss(*args, **kwargs)
        if self.orthogonality:
            losses["loss_orthogonality"] = self.orthogonality * self.backbone.squared_cosines().sum()
        return losses
