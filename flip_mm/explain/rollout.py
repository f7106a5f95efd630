# SPDX-License-Identifier: Apache-2.0
"""Attention rollout (Abnar & Zuidema, Quantifying Attention Flow in Transformers, ACL 2020)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def attention_rollout(attentions: Sequence[np.ndarray]) -> np.ndarray:
    r"""Return how much of each input token is in each output token, if only attention mixed tokens.

    Section 3 of the paper: a residual connection passes a token on unchanged, so that layer l mixes tokens by
    :math:`A_l = \frac{1}{2} W_l + \frac{1}{2} I`, with the mean :math:`W_l` of the heads; and layers follow each other:
    :math:`\tilde A = A_L \cdots A_1`.

    Args:
        attentions: (heads, T, T) of each layer, the first layer first; rows have the sum 1.

    Returns:
        (T, T) float64; rows have the sum 1.

    Example:
        >>> attention_rollout([np.array([[[0.0, 1.0], [0.0, 1.0]]])])
        array([[0.5, 0.5],
               [0. , 1. ]])
    """
    identity = np.eye(attentions[0].shape[-1])
    total = identity
    for attention in attentions:
        total = (attention.mean(0, dtype=np.float64) + identity) / 2 @ total
    return total
