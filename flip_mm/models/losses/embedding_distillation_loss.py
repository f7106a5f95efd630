# SPDX-License-Identifier: Apache-2.0
"""Distillation of a teacher's image embeddings."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor

from flip_mm.models.precision import widen

from .loss_term import LossTerm, TrainingBatch


def distill_embeddings(student: Tensor, teacher: Tensor) -> Tensor:
    r"""Compute the mean distance of the directions of two embeddings.

    .. math:: L = \frac{1}{M} \sum_i \left( 1 - \cos(x_i, y_i) \right)

    This is half the squared distance of the normalised embeddings. The head uses only their direction.

    Args:
        student: (..., d) float, M embeddings.
        teacher: The same shape, without gradient.

    Returns:
        Scalar in 0..2, 0 if all directions are equal.

    Raises:
        ValueError: The shapes differ.

    Example:
        >>> distill_embeddings(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[2.0, 0.0], [0.0, 1.0]])).item()
        0.5
    """
    if student.shape != teacher.shape:
        raise ValueError(f"Expected two embeddings of one shape, got {tuple(student.shape)} and {tuple(teacher.shape)}.")
    # Half precision cannot represent the difference of 1 and a similar cosine.
    with torch.autocast(student.device.type, enabled=False):
        return (1 - F.cosine_similarity(widen(student), widen(teacher), dim=-1)).mean()


@MODELS.register_module()
class EmbeddingDistillationLoss(LossTerm):
    """The loss term :func:`distill_embeddings`. Needs :class:`~flip_mm.models.FLIPStudent`.

    Args:
        num_views: Number of views of every image; more than 1 needs a pipeline that gives them (``*_multiview.py``).
        loss_weight: With 0 the term is not built.

    Raises:
        ValueError: ``num_views`` is below 1.
    """

    needs_teacher = True

    def __init__(self, num_views: int = 1, loss_weight: float = 1.0) -> None:
        super().__init__(loss_weight)
        if num_views < 1:
            raise ValueError(f"EmbeddingDistillationLoss: num_views must be at least 1, got {num_views}.")
        self.num_views = num_views

    def inputs(self, batch: TrainingBatch) -> tuple[Tensor, Tensor]:
        """Return the embeddings (V, N, d_vl) of student and teacher."""
        return batch.images[: self.num_views], batch.teacher.images[: self.num_views]

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Return the weighted loss of two embeddings of one shape."""
        return self.loss_weight * distill_embeddings(student, teacher)
