# SPDX-License-Identifier: Apache-2.0
"""Distillation of a teacher's logits."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor

from flip_mm.models.precision import widen

from .loss_term import LossTerm, TrainingBatch


def distill_logits(student: Tensor, teacher: Tensor, temperature: float = 4.0) -> Tensor:
    r"""Compute the divergence of softened predictions (Hinton et al., https://arxiv.org/abs/1503.02531).

    .. math:: L = \frac{T^2}{N} \sum_i KL(p_i \,\|\, q_i), \qquad p = softmax(t / T), \quad q = softmax(s / T)

    of the teacher's logits t and the student's logits s. The factor T^2 keeps the size of the gradient.

    Args:
        student: (N, C) float.
        teacher: (N, C) float, without gradient.
        temperature: T, above 0.

    Returns:
        Scalar, at least 0; 0 if the predictions are equal.

    Raises:
        ValueError: The shapes differ.

    Example:
        >>> s, t = torch.zeros(1, 2), torch.tensor([[0.0, 2.0]])
        >>> round(distill_logits(s, t, temperature=1.0).item(), 4)
        0.3278
    """
    if student.shape != teacher.shape or student.ndim != 2:
        raise ValueError(f"Expected two (N, C) logits of one shape, got {tuple(student.shape)} and {tuple(teacher.shape)}.")
    with torch.autocast(student.device.type, enabled=False):
        ours, theirs = (F.log_softmax(widen(logits) / temperature, dim=1) for logits in (student, teacher))
        return temperature**2 * F.kl_div(ours, theirs, reduction="batchmean", log_target=True)


@MODELS.register_module()
class LogitDistillationLoss(LossTerm):
    """The loss term :func:`distill_logits`, on the view that is classified. Needs :class:`~flip_mm.models.FLIPStudent`.

    Args:
        temperature: Above 0.
        loss_weight: With 0 the term is not built.

    Raises:
        ValueError: ``temperature`` is not positive.
    """

    needs_teacher = True

    def __init__(self, temperature: float = 4.0, loss_weight: float = 1.0) -> None:
        super().__init__(loss_weight)
        if temperature <= 0:
            raise ValueError(f"LogitDistillationLoss: temperature must be above 0, got {temperature}.")
        self.temperature = temperature

    def inputs(self, batch: TrainingBatch) -> tuple[Tensor, Tensor]:
        """Return the logits (N, 2) of student and teacher."""
        return batch.logits, batch.teacher.logits

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Return the weighted loss of two logits, (N, 2) each."""
        return self.loss_weight * distill_logits(student, teacher, self.temperature)
