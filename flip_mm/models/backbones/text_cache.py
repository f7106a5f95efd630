# SPDX-License-Identifier: Apache-2.0
"""Text embeddings that are computed once per state of the weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor


class TextCache:
    """The embeddings of one set of prompts under one state of the weights.

    The state is recognised by the weights' addresses and version counters, which loading, optimising and other in-place changes
    move. Code that writes past the counters (``.data``, as EMA does, or a move to another device or dtype) calls :meth:`clear`.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Empty the cache."""
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
