# SPDX-License-Identifier: Apache-2.0
"""Run a text tower no longer and no more often than its result needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call


class _Encode(nn.Module):
    """``encode_text`` as a forward pass, which is what ``functional_call`` takes."""

    def __init__(self, tower: nn.Module) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, tokens: Tensor) -> Tensor:
        return self.tower.encode_text(tokens)


def needed_positions(tower: nn.Module, tokens: Tensor) -> int:
    """Positions that the longest prompt takes, where the rest cannot reach its embedding.

    Under a causal mask a position sees only those before it, and the embedding is read at the end token.

    Args:
        tower: An open_clip model with its text tower.
        tokens: (P, context_length) int64.

    Returns:
        L <= context_length; context_length itself for towers that attend both ways or read another position (SigLIP).
    """
    encoder = getattr(tower, "text", tower)
    pool = getattr(tower, "text_pool_type", None) or getattr(encoder, "pool_type", None)
    causal = getattr(encoder, "attn_mask", None) is not None
    plain = getattr(encoder, "cls_emb", None) is None and not getattr(encoder, "use_pad_mask", False)
    if pool not in ("argmax", "eos") or not causal or not plain:
        return tokens.shape[1]
    end = getattr(tower, "text_eos_id", None) or getattr(encoder, "eos_id", None)
    ends = tokens.argmax(-1) if pool == "argmax" else (tokens == end).int().argmax(-1)
    return int(ends.max()) + 1


def encode_tokens(tower: nn.Module, tokens: Tensor) -> Tensor:
    """Run ``tower.encode_text`` with as many positions as ``tokens`` has.

    Args:
        tower: An open_clip model with its text tower.
        tokens: (P, L) int64, L at least :func:`needed_positions`.

    Returns:
        (P, embed_dims), equal to that of the full context within rounding.
    """
    length = tokens.shape[1]
    encoder, prefix = (tower.text, "tower.text.") if hasattr(tower, "text") else (tower, "tower.")
    # torch.jit's tracer takes no functional_call; padding behind the end tokens changes nothing but the time.
    if length == tower.context_length or torch.jit.is_tracing():
        return tower.encode_text(F.pad(tokens, (0, tower.context_length - length)))
    # open_clip adds all positions and applies the whole mask; a shorter view of both is passed in their place.
    views = {"positional_embedding": encoder.positional_embedding[:length], "attn_mask": encoder.attn_mask[:length, :length]}
    return functional_call(_Encode(tower), {prefix + name: view for name, view in views.items()}, (tokens,))


class TextCache:
    """The embeddings of one set of prompts under one state of the weights.

    The state is told by the weights' addresses and version counters, which loading, optimising and other in-place changes move;
    whoever writes past the counters (``.data``, as EMA does, or a move to another device or dtype) calls :meth:`clear`.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget."""
        self._tokens: Tensor | None = None
        self._state: tuple = ()
        self._text: Tensor | None = None

    def get(self, tokens: Tensor, weights: Iterable[Tensor], encode: Callable[[Tensor], Tensor]) -> Tensor:
        """The embeddings of ``tokens``, computed where tokens or weights are not those of the last call.

        Args:
            tokens: (P, L).
            weights: All that the result depends on.
            encode: (P, L) -> (P, d), called without gradient.
        """
        device = tokens.device.type
        state = (
            _version(tokens),
            torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device),
            *((weight.data_ptr(), _version(weight)) for weight in weights),
        )
        if tokens is not self._tokens or state != self._state:
            self._tokens, self._state, self._text = tokens, state, encode(tokens)
        return self._text


def _version(tensor: Tensor) -> int:
    """How often it was written in place; tensors made under ``inference_mode`` keep no count."""
    return 0 if tensor.is_inference() else tensor._version
