# SPDX-License-Identifier: Apache-2.0
"""Tensors of all processes, with gradients that reach the process that they came from."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.dist import all_gather, all_reduce, get_rank
from torch import Tensor


class _Gather(torch.autograd.Function):
    # torch.distributed.nn.all_gather is deprecated in torch 2.15, its successor missing in 2.6.
    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        return torch.stack(all_gather(tensor.contiguous()))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        gradient = gradient.clone(memory_format=torch.contiguous_format)
        all_reduce(gradient, "sum")
        return gradient[get_rank()]


def gather_with_gradient(tensor: Tensor) -> Tensor:
    """Stack the tensors of all processes.

    In the backward pass a process receives the sum of what *all* processes' losses owe its tensor, so that gradients averaged
    by DistributedDataParallel are those of the processes' mean loss. (MMPretrain's ``GatherLayer`` hands back its own loss's
    part alone.) All processes must take part in both passes.

    Args:
        tensor: Float of any shape.

    Returns:
        (W, *shape) in the order of ranks; (1, *shape) on one process.

    Raises:
        ValueError: The processes' shapes differ.

    Example:
        >>> gather_with_gradient(torch.ones(2, 3)).shape
        torch.Size([1, 2, 3])
    """
    # Collectives answer unequal shapes with a hang or with garbage.
    shapes = [tuple(shape.tolist()) for shape in all_gather(torch.tensor(tensor.shape, device=tensor.device))]
    if len(set(shapes)) > 1:
        raise ValueError(f"The processes hold tensors of different shapes, {shapes}: give every process as many images.")
    return _Gather.apply(tensor)
