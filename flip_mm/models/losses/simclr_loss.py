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
    r"""Compute the normalised temperature-scaled cross entropy (SimCLR, https://arxiv.org/abs/2002.05709, equation 1).

    :math:`h` are the 2N l2-normalised rows. The positive of a row is the other view of its image.

    .. math::
        L = \frac{1}{2N} \sum_i -\log
            \frac{\exp(h_i \cdot h_{pos(i)} / \tau)}{\sum_{k \ne i} \exp(h_i \cdot h_k / \tau)}

    With W processes, the negatives come from all of them: k runs over the 2NW rows of all processes, i over the 2N rows of this
    process. The mean of the losses over processes is the loss of the total batch. The gradients that DistributedDataParallel
    averages are those of this loss, because they include the losses of all processes.

    Args:
        view1: (N, D) float, projected embeddings of the first view; all processes together need at least two images.
        view2: (N, D) float, the same images' second view.
        temperature: :math:`\tau`, above 0.

    Returns:
        Scalar, at least 0: the mean over the 2N rows of this process.

    Raises:
        ValueError: The shapes differ, also between processes, or there are fewer than two images, so no negatives.

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
            raise ValueError(f"SimCLR needs at least two images to have negatives, got {total}: use a larger batch_size.")
        similarity = views.flatten(0, 1) @ everywhere.flatten(0, 2).T / temperature
    first = get_rank() * n + torch.arange(n, device=views.device)
    itself, other_view = torch.cat([first, first + total]), torch.cat([first + total, first])
    return F.cross_entropy(similarity.scatter(1, itself[:, None], float("-inf")), other_view)


@MODELS.register_module()
class SimCLRLoss(LossTerm):
    """The loss term :func:`nt_xent` (FLIP section 3.3, L_simCLR). Negatives come from all processes.

    With several processes, each has the loss of its images, and mmengine logs that of the first process.

    Args:
        temperature: Above 0.
        loss_weight: Beta of the paper; with 0 neither the term nor its projector is built.

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
        """Return the projected second and third view."""
        return batch.projected(1), batch.projected(2)

    def forward(self, view1: Tensor, view2: Tensor) -> Tensor:
        """Return the weighted loss of two views, (N, D) each."""
        return self.loss_weight * nt_xent(view1, view2, self.temperature)
