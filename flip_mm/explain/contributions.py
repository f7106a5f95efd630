# SPDX-License-Identifier: Apache-2.0
"""Contributions of places in a feature map (HiResCAM: Draelos & Carin, 2020, https://arxiv.org/abs/2011.08891)."""

from __future__ import annotations

import numpy as np


def contributions(features: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    r"""Return what each place of a feature map adds to a value y, to first order.

    :math:`c_{ij} = \sum_k A^k_{ij} \, \partial y / \partial A^k_{ij}`

    If the network averages the map and continues with a linear layer, this is Grad-CAM without its ReLU (Selvaraju et al.,
    ICCV 2017, equations 1 and 2), and the contributions and the bias add up to y. Grad-CAM averages the gradient over the
    places first. That is wrong where a network weights places differently, as the attention pooling of CLIP's ResNet and the
    last convolution of MiniFASNet do.

    Args:
        features: A, (K, H, W).
        gradients: Of y, in the same shape.

    Returns:
        (H, W) float64; positive where a place increases y.
    """
    return (features.astype(np.float64) * gradients).sum(0)
