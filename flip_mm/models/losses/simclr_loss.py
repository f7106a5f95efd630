# SPDX-License-Identifier: Apache-2.0
"""SimCLR's NT-Xent loss between two views."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.dist import get_rank
from mmpretrain.registry import MODELS
from torch import Tensor

from flip_mm.models.precision import widen

from .gather import gather_with_gradient
from .loss_term import LossTerm, TrainingBatch


def nt_xent(view1: Tensor, view2: Tensor, temperature: float = 0.1) -> Tensor:
    r"""Normalised temperature-scaled cross entropy (SimCLR, https://arxiv.org/abs/2002.05709, equation 1).

    With the 2N l2-normalised rows :math:`h`, the positive of a row being the other view of its image,

    .. math::
        L = \frac{1}{2N} \sum_i -\log
            \frac{\exp(h_i \cdot h_{pos(i)} / \tau)}{\sum_{k \ne i} \exp(h_i \cdot h_k / \tau)}

    On W processes the negatives come from all of them: k runs over the 2NW rows of the joined batch, i over the process's own
    2N. The mean of the processes' losses is the loss of the joined batch, and so are the gradients that
    DistributedDataParallel averages, because a process's rows also receive what the other processes' losses owe them.

    Args:
        view1: (N, D) float, projected embeddings of the first view; two images at least on all processes together.
        view2: (N, D) float, the same images' second view.
        temperature: :math:`\tau`, above 0.

    Returns:
        Scalar, the mean over the process's own 2N rows; 0 is the best.

    Raises:
        ValueError: The shapes differ, here or between processes, or there are fewer than two images and so no negatives.

    Example:
        >>> a = torch.eye(2)
        >>> round(nt_xent(a, a, temperature=1.0).item(), 4)  # log(1 + 2 / e)
        0.5514
    """
    if view1.shape != view2.shape or view1.ndim != 2:
        raise ValueError(f"Expected two (N, D) views of one shape, got {tuple(view1.shape)} and {tuple(view2.shape)}.")
    with torch.autocast(view1.device.type, enabled=False):
        views = F.normalize(widen(torch.stack([view1, view2])), dim=2)
        everywhere = gather_with_gradient(views).transpose(0, 1)  # (2, W, N, D)
        n, total = views.shape[1], everywhere.shape[1] * views.shape[1]
        if total < 2:
            raise ValueError(f"SimCLR needs at least two images for its negatives, got {total}: use a larger batch_size.")
        similarity = views.flatten(0, 1) @ everywhere.flatten(0, 2).T / temperature
    own = get_rank() * n + torch.arange(n, device=views.device)
    itself, other_view = torch.cat([own, own + total]), torch.cat([own + total, own])
    return F.cross_entropy(similarity.scatter(1, itself[:, None], float("-inf")), other_view)


@MODELS.register_module()
class SimCLRLoss(LossTerm):
    """:func:`nt_xent` with its hyper-parameters (FLIP section 3.3, the term L_simCLR); negatives come from all processes.

    On several processes the value is that of the process's own images, and mmengine logs the first process's.

    Args:
        temperature: Above 0.
        loss_weight: Beta of the paper; 0 switches the term off and its projector is not built.

    Raises:
        ValueError: ``temperature`` is not positive.
    """

    num_views = 3
    needs_projector = True

    def __init__(self, temperature: float = 0.1, loss_weight: float = 1.0) -> None:
        super().__init__(loss_weight)
        if temperature <= 0:
            raise ValueError(f"SimCLRLoss: temperature must be above 0, got {temperature}.")
        self.temperature = temperature

    def inputs(self, batch: TrainingBatch) -> tuple[Tensor, Tensor]:
        """The second and third view, projected."""
        return batch.projected(1), batch.projected(2)

    def forward(self, view1: Tensor, view2: Tensor) -> Tensor:
        """Weighted loss of two views, (N, D) each."""
        return self.loss_weight * nt_xent(view1, view2, self.temperature)
