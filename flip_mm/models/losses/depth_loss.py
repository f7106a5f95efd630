# SPDX-License-Identifier: Apache-2.0
"""The loss of a predicted depth map."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from flip_mm.models.precision import widen


def depth_loss(predicted: Tensor, depth: Tensor) -> Tensor:
    """Return the mean squared error of depth maps (N, 1, g, g).

    Raises:
        ValueError: The maps have different sizes.
    """
    if predicted.shape != depth.shape:
        sizes = tuple(predicted.shape[-2:]), tuple(depth.shape[-2:])
        raise ValueError(
            f"The model predicts depth maps of {sizes[0]}, the data has {sizes[1]}: set LoadDepth's size to an eighth of the "
            "images' side."
        )
    return F.mse_loss(widen(predicted), depth)
