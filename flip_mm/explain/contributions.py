# SPDX-License-Identifier: Apache-2.0
"""Contributions of places in a feature map (integrated gradients: Sundararajan, Taly & Yan, ICML 2017)."""

from __future__ import annotations

import numpy as np


def contributions(features: np.ndarray, baseline: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    r"""Return how much each place of a feature map moves a value y away from that of a baseline.

    Equation 1 of the paper, for a feature map A in place of the input, summed over its K channels:
    :math:`c_{ij} = \sum_k (A^k_{ij} - B^k_{ij}) \int_0^1 \partial y / \partial A^k_{ij} (B + t (A - B)) \, dt`.
    The contributions of all places add up to y(A) - y(B).

    If the network averages the map and continues with a linear layer, the integral is the constant weight of Grad-CAM
    (Selvaraju et al., ICCV 2017, equation 1). Grad-CAM averages the gradient of a single point over all places. That is wrong
    where a network weights places differently, as the attention pooling of CLIP's ResNet does, or is saturated.

    Args:
        features: A, (K, H, W).
        baseline: B, in the same shape.
        gradients: (T, K, H, W): of y at T points of the straight line from B to A, which are the middles of T equal parts.

    Returns:
        (H, W) float64; positive where a place increases y.
    """
    return ((features.astype(np.float64) - baseline) * gradients.mean(0, dtype=np.float64)).sum(0)
