# SPDX-License-Identifier: Apache-2.0
"""Record the attention weights of a vision transformer, so that a gradient reaches them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


def attend(module: nn.MultiheadAttention, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Compute self-attention, and return the very weights that the output was computed from.

    ``need_weights`` of PyTorch returns a copy of them, to which no gradient of the output leads.

    Args:
        module: Its ``batch_first`` is True.
        tokens: (N, T, d).

    Returns:
        Output (N, T, d) and weights (N, heads, T, T).
    """
    number, length, width = tokens.shape
    packed = F.linear(tokens, module.in_proj_weight, module.in_proj_bias)
    query, key, value = packed.view(number, length, 3, module.num_heads, -1).permute(2, 0, 3, 1, 4)
    weights = (query @ key.transpose(-2, -1) * query.shape[-1] ** -0.5).softmax(-1)
    return module.out_proj((weights @ value).transpose(1, 2).reshape(number, length, width)), weights


@contextmanager
def recorded_attention(modules: Iterable[nn.MultiheadAttention]) -> Iterator[list[Tensor]]:
    """Collect the weights (N, heads, T, T) of self-attention modules in the order in which they run.

    The outputs of the network stay the same up to rounding.
    """
    found: list[Tensor] = []

    def replace(module: nn.MultiheadAttention, inputs: tuple[Any, ...], _: Any) -> tuple[Tensor, None]:
        mixed, weights = attend(module, inputs[0])
        found.append(weights)
        return mixed, None

    hooks = [module.register_forward_hook(replace) for module in modules]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def attention_modules(tower: nn.Module) -> list[nn.MultiheadAttention]:
    """Return the self-attention modules of open_clip's ``VisionTransformer``; empty for any other tower."""
    blocks = getattr(getattr(tower, "transformer", None), "resblocks", ())
    modules = [getattr(block, "attn", None) for block in blocks]
    fits = all(isinstance(module, nn.MultiheadAttention) and module.batch_first for module in modules)
    pools = getattr(tower, "attn_pool", None) is None and getattr(tower, "pool_type", None) in ("tok", "avg")
    return modules if fits and pools and hasattr(tower, "grid_size") else []


def token_map(tower: nn.Module, matrix: Any) -> Any:
    """Return the map (H, W) of the patches from a (T, T) matrix of a ``VisionTransformer``: the row of its pooled tokens."""
    row = matrix[0, 1:] if tower.pool_type == "tok" else matrix[1:, 1:].mean(0)
    return row.reshape(tower.grid_size)
