# SPDX-License-Identifier: Apache-2.0
"""The inner step of meta-learning (MAML), and calls of a module with its result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

ORDERS = (1, 2)


def check_order(order: int) -> int:
    """Return the order of the gradient.

    Raises:
        ValueError: It is neither 1 nor 2.
    """
    if order not in ORDERS:
        raise ValueError(f"model.order must be 1 (without second derivatives) or 2, got {order!r}.")
    return order


def inner_step(loss: Tensor, parameters: Mapping[str, Tensor], rate: float, order: int = 2) -> dict[str, Tensor]:
    r"""Return :math:`\theta - r \nabla_\theta L` without changing the parameters or their ``grad``.

    Args:
        loss: Scalar; its graph is kept.
        parameters: :math:`\theta` by name.
        rate: :math:`r`.
        order: 2 keeps the graph of the gradient, so that a later loss has second derivatives; 1 takes it as a constant.

    Example:
        >>> x = torch.tensor(3.0, requires_grad=True)
        >>> fast = inner_step(x**2, {"x": x}, rate=0.1)["x"]
        >>> fast.item(), torch.autograd.grad(fast**2, x)[0].item()  # 2.4, 2 * 2.4 * (1 - 0.2)
        (2.4000000953674316, 3.8400001525878906)
    """
    values = list(parameters.values())
    gradients = torch.autograd.grad(loss, values, create_graph=order == 2, retain_graph=True)
    return {name: p - rate * g for (name, p), g in zip(parameters.items(), gradients, strict=True)}


def call_with(module: nn.Module, parameters: Mapping[str, Tensor], *inputs: Any) -> Any:
    """Call a module with other parameters and a copy of its buffers, so that running statistics do not move."""
    buffers = {name: buffer.clone() for name, buffer in module.named_buffers()}
    return functional_call(module, {**parameters, **buffers}, inputs)
