# SPDX-License-Identifier: Apache-2.0
"""Triplet loss with the hardest positive and the hardest negative of every image, over pairs of domains."""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor
from torch.nn import functional as F

# Distance of an image to itself: the square root of 0 has no gradient.
SMALLEST = 1e-6


def hard_triplets(features: Tensor, labels: Tensor, margin: float) -> Tensor:
    r"""Return the mean over images of :math:`\max(0, d_+ - d_- + m)`.

    :math:`d_+` is the largest distance to an image of the same class, :math:`d_-` the smallest to one of the other class.

    Args:
        features: (N, D).
        labels: (N,), each class at least once.
        margin: m.

    Raises:
        ValueError: All images have the same class.

    Example:
        >>> x = torch.tensor([[0.0], [1.0], [3.0]])
        >>> round(hard_triplets(x, torch.tensor([0, 1, 0]), margin=0.5).item(), 4)  # (3 - 1 + 0.5, 0 - 1 + 0.5, 3 - 2 + 0.5)
        1.3333
    """
    distances = torch.cdist(features, features, compute_mode="donot_use_mm_for_euclid_dist").clamp(min=SMALLEST)
    same = labels[:, None] == labels[None]
    if same.all():
        raise ValueError("The triplet loss needs images of both classes of every domain.")
    positive = distances.masked_fill(~same, 0).amax(dim=1)
    negative = distances.masked_fill(same, torch.inf).amin(dim=1)
    return F.relu(positive - negative + margin).mean()


def cross_domain_triplets(
    features: Tensor,
    labels: Tensor,
    domains: Tensor,
    cross_margin: float = 0.5,
    within_margin: float = 0.1,
    within_weight: float = 0.1,
) -> Tensor:
    """Sum :func:`hard_triplets` over all pairs of domains, and with a weight over the domains (MADDG, CVPR 2019).

    Args:
        features: (N, D); they are scaled to unit length.
        labels: (N,).
        domains: (N,), at least two different ones.
        cross_margin: Margin within the images of two domains.
        within_margin: Margin within the images of one.
        within_weight: Weight of the latter.
    """
    features = F.normalize(features, dim=1)
    masks = [domains == number for number in domains.unique()]
    cross = [hard_triplets(features[a | b], labels[a | b], cross_margin) for a, b in combinations(masks, 2)]
    within = [hard_triplets(features[mask], labels[mask], within_margin) for mask in masks]
    return sum(cross) + within_weight * sum(within)
