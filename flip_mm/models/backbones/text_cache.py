# SPDX-License-Identifier: Apache-2.0
"""A cache of text embeddings, valid until the weights change."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.optim.optimizer import register_optimizer_step_post_hook

# Fused optimizers do not increase the version counters of the weights. This list has one entry, the number of all steps.
_steps = [0]


def _count_step(*_: object) -> None:
    _steps[0] += 1


register_optimizer_step_post_hook(_count_step)


class TextCache:
    """The cached embeddings of one set of prompts.

    Changed weights are detected by their addresses and version counters, which loading and other in-place changes increase, and
    by the number of optimizer steps in this process. Other changes (``.data``, as in EMA, or a move to another device or dtype)
    need :meth:`clear`.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Empty the cache."""
        self._tokens: Tensor | None = None
        self._state: tuple = ()
        self._text: Tensor | None = None

    def get(self, tokens: Tensor, weights: Iterable[Tensor], encode: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the embeddings of ``tokens``, computed again if tokens or weights changed since the last call.

        Args:
            tokens: (P, L).
            weights: All weights that the result depends on.
            encode: Function (P, L) -> (P, d), called without gradient.
        """
        device = tokens.device.type
        state = (
            _steps[0],
            _version(tokens),
            torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device),
            *((weight.data_ptr(), _version(weight)) for weight in weights),
        )
        if tokens is not self._tokens or state != self._state:
            self._tokens, self._state, self._text = tokens, state, encode(tokens)
        return self._text


def _version(tensor: Tensor) -> int:
    """Return the version counter; tensors created under ``inference_mode`` have none."""
    return 0 if tensor.is_inference() else tensor._version
