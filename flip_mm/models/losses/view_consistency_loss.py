# SPDX-License-Identifier: Apache-2.0
"""Consistency of image-text similarity between two views."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor

from flip_mm.models.precision import widen

from .loss_term import LossTerm, TrainingBatch


def view_consistency(image1: Tensor, image2: Tensor, text1: Tensor, text2: Tensor) -> Tensor:
    r"""Squared difference of the two views' image-text similarities (FLIP section 3.3, the term L_mse).

    .. math:: L = \frac{1}{N} \sum_i \left( \cos(x_i^{v1}, z_i^{v1}) - \cos(x_i^{v2}, z_i^{v2}) \right)^2

    Args:
        image1: (N, D) float, image embeddings of the first view.
        image2: (N, D) float, of the second view.
        text1: (N, D) float, averaged prompt embeddings of the first prompt view, of each sample's own class.
        text2: (N, D) float, of the second prompt view.

    Returns:
        Scalar in 0..4, 0 when both similarities agree. Cosines are not scaled by ``logit_scale``.

    Raises:
        ValueError: The shapes differ.

    Example:
        >>> x, y = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]])
        >>> view_consistency(x, x, x, y).item()  # (1 - 0)^2
        1.0
    """
    if not image1.shape == image2.shape == text1.shape == text2.shape:
        shapes = [tuple(t.shape) for t in (image1, image2, text1, text2)]
        raise ValueError(f"Expected four (N, D) tensors of one shape, got {shapes}.")
    # The difference of two cosines of nearly one size is lost in half precision; autocast widens them on GPUs only.
    with torch.autocast(image1.device.type, enabled=False):
        first = F.cosine_similarity(widen(image1), widen(text1), dim=-1)
        second = F.cosine_similarity(widen(image2), widen(text2), dim=-1)
        return torch.mean((first - second) ** 2)


@MODELS.register_module()
class ViewConsistencyLoss(LossTerm):
    """:func:`view_consistency` with its weight.

    Args:
        loss_weight: Gamma of the paper; 0 switches the term off.
    """

    num_views = 3
    needs_text_views = True

    def inputs(self, batch: TrainingBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The second and third view, and a random half of the prompts of the own class for each of them."""
        return batch.images[1], batch.images[2], *batch.text_views

    def forward(self, image1: Tensor, image2: Tensor, text1: Tensor, text2: Tensor) -> Tensor:
        """Weighted loss; all arguments are (N, D)."""
        return self.loss_weight * view_consistency(image1, image2, text1, text2)
