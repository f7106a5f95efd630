# SPDX-License-Identifier: Apache-2.0
"""Gradient-weighted relevance of tokens (Chefer, Gur & Wolf, Generic Attention-model Explainability, ICCV 2021)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def attention_relevance(attentions: Sequence[np.ndarray], gradients: Sequence[np.ndarray]) -> np.ndarray:
    r"""Return how relevant each input token is for each output token with respect to a value y.

    Equations 5 and 6 of the paper, for self-attention: :math:`\bar A_l = E_h[(\nabla_{A_l} y \odot A_l)^+]` and
    :math:`R \leftarrow R + \bar A_l R` from the first to the last layer, beginning with the identity.

    Args:
        attentions: (heads, T, T) of each layer, the first layer first.
        gradients: Of y, in the same shapes.

    Returns:
        (T, T) float64, without the identity of the beginning: a token is not relevant for itself only because it is there.
    """
    identity = np.eye(attentions[0].shape[-1])
    total = identity
    for attention, gradient in zip(attentions, gradients, strict=True):
        weighted = np.maximum(gradient.astype(np.float64) * attention, 0).mean(0)
        total = total + weighted @ total
    return total - identity
