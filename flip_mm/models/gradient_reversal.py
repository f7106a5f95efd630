# SPDX-License-Identifier: Apache-2.0
"""Gradient reversal (Ganin and Lempitsky, ICML 2015) with its usual schedule."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn


class GradientReversal(nn.Module):
    r"""Identity with a gradient that is multiplied by :math:`-c`, :math:`c = 2 / (1 + e^{-10 t / T}) - 1`.

    :math:`t` is the number of forward passes so far, the current one included. Checkpoints hold it.

    Args:
        max_iters: :math:`T`.
        count_validation: Whether each image of a pass in evaluation mode counts as a pass.

    Attributes:
        count (Tensor): Passes so far, int64.

    Example:
        >>> reversal = GradientReversal(max_iters=4000)
        >>> x = torch.ones(1, requires_grad=True)
        >>> reversal(x).backward()
        >>> round(x.grad.item(), 5)
        -0.00125
    """

    def __init__(self, max_iters: int, count_validation: bool = False) -> None:
        super().__init__()
        if not isinstance(max_iters, int) or max_iters < 1:
            raise ValueError(f"GradientReversal: max_iters must be a whole number above 0, got {max_iters!r}.")
        self.max_iters, self.count_validation = max_iters, count_validation
        self.register_buffer("count", torch.zeros((), dtype=torch.long))

    @property
    def coefficient(self) -> float:
        """:math:`c` of the last pass, in 0..1."""
        return 2 / (1 + math.exp(-10 * self.count.item() / self.max_iters)) - 1

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x``."""
        if self.training:
            self.count += 1
        elif self.count_validation:
            self.count += len(x)
        return _Reverse.apply(x, self.coefficient)


class _Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, coefficient: float) -> Tensor:
        ctx.coefficient = coefficient
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return -ctx.coefficient * gradient, None
