# SPDX-License-Identifier: Apache-2.0
"""Gather tensors of all processes, with gradients to all of them."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.dist import all_gather, all_reduce, get_rank
from torch import Tensor


class _Gather(torch.autograd.Function):
    # torch.distributed.nn.all_gather is deprecated in torch 2.15, and torch 2.6 lacks its successor.
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

    The gradient of a process's tensor is the sum over the losses of *all* processes. DistributedDataParallel then averages to
    the gradient of the mean loss. (MMPretrain's ``GatherLayer`` uses only the loss of the same process.) All processes must
    run both passes.

    Args:
        tensor: Float of any shape.

    Returns:
        (W, *shape) in the order of ranks; (1, *shape) on one process.

    Raises:
        ValueError: The shapes differ between processes.

    Example:
        >>> gather_with_gradient(torch.ones(2, 3)).shape
        torch.Size([1, 2, 3])
    """
    # With unequal shapes, collectives hang or return wrong data.
    shapes = [tuple(shape.tolist()) for shape in all_gather(torch.tensor(tensor.shape, device=tensor.device))]
    if len(set(shapes)) > 1:
        raise ValueError(f"The processes hold tensors of different shapes, {shapes}: give each the same number of images.")
    return _Gather.apply(tensor)
