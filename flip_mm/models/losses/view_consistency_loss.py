# SPDX-License-Identifier: Apache-2.0
"""Consistency loss of the image-text similarity between two views."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor

from flip_mm.models.precision import widen

from .loss_term import LossTerm, TrainingBatch


def view_consistency(image1: Tensor, image2: Tensor, text1: Tensor, text2: Tensor) -> Tensor:
    r"""Compute the mean squared difference of the image-text similarities of two views (FLIP section 3.3, L_mse).

    .. math:: L = \frac{1}{N} \sum_i \left( \cos(x_i^{v1}, z_i^{v1}) - \cos(x_i^{v2}, z_i^{v2}) \right)^2

    Args:
        image1: (N, D) float, image embeddings of the first view.
        image2: (N, D) float, of the second view.
        text1: (N, D) float, mean prompt embeddings of the first prompt view, for the class of each sample.
        text2: (N, D) float, of the second prompt view.

    Returns:
        Scalar in 0..4, 0 if both similarities are equal. Cosines are not scaled by ``logit_scale``.

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
    # Half precision cannot represent the difference of two similar cosines. autocast uses float32 here only on GPUs.
    with torch.autocast(image1.device.type, enabled=False):
        first = F.cosine_similarity(widen(image1), widen(text1), dim=-1)
        second = F.cosine_similarity(widen(image2), widen(text2), dim=-1)
        return torch.mean((first - second) ** 2)


@MODELS.register_module()
class ViewConsistencyLoss(LossTerm):
    """The loss term :func:`view_consistency`.

    Args:
        loss_weight: Gamma of the paper; with 0 the term is not built.
    """

    num_views = 3
    needs_text_views = True

    def inputs(self, batch: TrainingBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the second and third view, and for each the mean of a random half of the prompts of the class."""
        return batch.images[1], batch.images[2], *batch.text_views

    def forward(self, image1: Tensor, image2: Tensor, text1: Tensor, text2: Tensor) -> Tensor:
        """Return the weighted loss; all arguments are (N, D)."""
        return self.loss_weight * view_consistency(image1, image2, text1, text2)
