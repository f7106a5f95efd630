# SPDX-License-Identifier: Apache-2.0
"""Entropy of predictions."""

from __future__ import annotations

from torch import Tensor


def mean_entropy(logits: Tensor, smallest: float = 1e-6) -> Tensor:
    """Return the mean entropy of the softmax of logits (N, C); probabilities below ``smallest`` are left out.

    Example:
        >>> import torch
        >>> round(mean_entropy(torch.zeros(3, 2)).item(), 4)
        0.6931
    """
    p = logits.softmax(1)
    p = p[p >= smallest]
    return -(p * p.log()).sum() / len(logits)
