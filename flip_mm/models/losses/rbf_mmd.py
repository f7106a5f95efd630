# SPDX-License-Identifier: Apache-2.0
"""Maximum mean discrepancy with a mixture of Gaussian kernels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def rbf_mmd(x: Tensor, y: Tensor, bandwidths: Sequence[float] = (1.0, 5.0, 10.0)) -> Tensor:
    r"""Return the squared distance of two samples' mean embeddings, :math:`\|\overline{\phi(x)} - \overline{\phi(y)}\|^2`.

    The kernel is the mean over ``bandwidths`` b of :math:`e^{-d^2 / (2 (b m)^2)}`, d the Euclidean distance and m the median
    distance of two different points of both samples, a constant for the gradient.

    Args:
        x: (N, d).
        y: (M, d).
        bandwidths: Factors of the median.

    Returns:
        A scalar, at least 0 up to rounding; 0 if all points are equal.

    Example:
        >>> round(rbf_mmd(torch.tensor([[0.0]]), torch.tensor([[2.0]]), [1.0]).item(), 6)  # 2 - 2 exp(-1 / 2)
        0.786939
    """
    both = torch.cat([x, y])
    squares = (both[:, None] - both[None]).square().sum(dim=2)
    pairs = squares.detach()[torch.ones_like(squares).triu(1).bool()]
    # The median of distances is the root of that of their squares.
    median = pairs.median().clamp(min=torch.finfo(x.dtype).tiny)
    kernel = torch.stack([torch.exp(-squares / (2 * b**2 * median)) for b in bandwidths]).mean(dim=0)
    n = len(x)
    return kernel[:n, :n].mean() + kernel[n:, n:].mean() - 2 * kernel[:n, n:].mean()
