# SPDX-License-Identifier: Apache-2.0
"""The triplet loss of ADA and DR-UDA: every pair of a class with one random negative inside the margin."""

from __future__ import annotations

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn


def distances(first: Tensor, second: Tensor, squared: bool = True) -> Tensor:
    """Return Euclidean distances along the last dimension, or their squares."""
    values = (first - second).square().sum(-1)
    return values if squared else values.clamp(min=1e-12).sqrt()


@torch.no_grad()
def draw_triplets(embeddings: Tensor, labels: Tensor, margin: float = 1.0, squared: bool = True) -> Tensor:
    """Draw one negative for each pair of the same class, uniformly among those that violate the margin.

    Args:
        embeddings: (N, D).
        labels: (N,).
        margin: A negative k of the pair (i, j) violates it if d(i, j) - d(i, k) + margin > 0.
        squared: Whether d is the squared distance.

    Returns:
        (T, 3) indices of anchor, positive (a later one than the anchor), negative. Pairs without such a negative are left
        out. If all are, the last pair of the last class with its first negative; none without a pair or a second class.
    """
    among = distances(embeddings[:, None], embeddings[None], squared)
    same = labels[:, None] == labels[None]
    pairs = torch.cat([torch.cartesian_prod(own, own) for own in _members(labels)])
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    if len(pairs) == 0 or same.all():
        return pairs.new_empty((0, 3))
    anchor, positive = pairs.T
    candidates = ~same[anchor] & (among[anchor, positive][:, None] - among[anchor] + margin > 0)
    found = candidates.any(1)
    if not found.any():
        return torch.stack([anchor[-1], positive[-1], (~same[anchor[-1]]).nonzero()[0, 0]])[None]
    negative = torch.multinomial(candidates[found].float(), 1)
    return torch.cat([pairs[found], negative], 1)


def triplet_loss(embeddings: Tensor, triplets: Tensor, margin: float = 1.0, squared: bool = True) -> Tensor:
    """Return the mean of max(0, d(anchor, positive) - d(anchor, negative) + margin) over triplets (T, 3); 0 without one."""
    anchor, positive, negative = embeddings[triplets].unbind(1)
    violations = (distances(anchor, positive, squared) - distances(anchor, negative, squared) + margin).relu()
    return violations.sum() / max(len(violations), 1)


@MODELS.register_module()
class RandomNegativeTripletLoss(nn.Module):
    """Triplet loss over :func:`draw_triplets`.

    Args:
        margin: The margin.
        squared: Whether distances are squared, as in the release.
        loss_weight: Factor of the loss.
    """

    def __init__(self, margin: float = 1.0, squared: bool = True, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.margin, self.squared, self.loss_weight = margin, squared, loss_weight

    def forward(self, embeddings: Tensor, labels: Tensor, triplets: Tensor | None = None) -> Tensor:
        """Return the loss of embeddings (N, D) with labels (N,); ``triplets`` (T, 3) replace the drawn ones."""
        if triplets is None:
            triplets = draw_triplets(embeddings, labels, self.margin, self.squared)
        return self.loss_weight * triplet_loss(embeddings, triplets, self.margin, self.squared)


def _members(labels: Tensor) -> list[Tensor]:
    """Indices of the images of each class."""
    return [(labels == label).nonzero()[:, 0] for label in labels.unique()]
