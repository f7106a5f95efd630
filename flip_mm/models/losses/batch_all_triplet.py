# SPDX-License-Identifier: Apache-2.0
"""SSDG's triplet loss over all triplets of a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from flip_mm.models.precision import widen

# A smaller violation does not count as active.
ACTIVE = 1e-16


def distances(features: Tensor) -> Tensor:
    """Return the Euclidean distances (N, N) between rows (N, d); where they are 0, so is their gradient."""
    gram = features @ features.T
    squares = gram.diagonal()
    squared = (squares[:, None] - 2 * gram + squares[None]).clamp(min=0)
    positive = squared > 0
    return torch.where(positive, squared, 1).sqrt() * positive


def triplet_violations(features: Tensor, labels: Tensor, margin: float) -> Tensor:
    """Return :math:`v_{ijk}` of :func:`batch_all_triplet` for the T valid triplets of a batch, (T,), at least 0."""
    with torch.autocast(features.device.type, enabled=False):
        between = distances(widen(features))
    same = labels[:, None] == labels[None]
    positive = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    valid = positive[:, :, None] & ~same[:, None, :]
    return (between[:, :, None] - between[:, None, :] + margin)[valid].clamp(min=0)


def batch_all_triplet(features: Tensor, labels: Tensor, margin: float = 0.1) -> Tensor:
    r"""Compute the triplet loss over all triplets, averaged over those that violate the margin.

    .. math:: L = \frac{\sum v_{ijk}}{|\{v_{ijk} > 0\}|}, \quad v_{ijk} = \max(d_{ij} - d_{ik} + m, 0)

    for all :math:`i \ne j` with the same label and :math:`k` with another. Distances are Euclidean, not squared.

    Args:
        features: (N, d) float.
        labels: (N,) int.
        margin: :math:`m`.

    Returns:
        Scalar; 0 if no triplet violates the margin.

    Example:
        >>> x = torch.tensor([[0.0], [3.0], [4.0]])  # d(0, 1) - d(0, 2) = -1, d(1, 0) - d(1, 2) = 2
        >>> round(batch_all_triplet(x, torch.tensor([0, 0, 1])).item(), 4)
        2.1
    """
    violations = triplet_violations(features, labels, margin)
    return violations.sum() / (violations > ACTIVE).sum().clamp(min=1)
