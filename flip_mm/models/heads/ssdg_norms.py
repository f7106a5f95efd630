# SPDX-License-Identifier: Apache-2.0
"""The two normalisations of SSDG's released code, which FLIP-V and others took over."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

NORM_FLOOR = 1e-12


def divide_by_root_norm(features: Tensor) -> Tensor:
    r"""Divide features (N, d) by :math:`\sqrt{2 \lVert f \rVert}`; their norm becomes :math:`\sqrt{\lVert f \rVert / 2}`."""
    return features / torch.sqrt(2 * features.norm(dim=1, keepdim=True).clamp(min=NORM_FLOOR))


def normalize_over_classes(layer: nn.Linear) -> None:
    """Normalise a layer's weight (classes, d) over the *classes*, in place: gradients refer to the normalised weight."""
    # torch.export ends the process at this copy. The weight is normalised already: a network runs before it is exported.
    if is_exporting():
        return
    layer.weight.data.copy_(F.normalize(layer.weight.data, dim=0))


def is_exporting() -> bool:
    """Whether torch.export traces the model; torch 2.6 cannot tell it from torch.compile, so there it is False."""
    return getattr(torch.compiler, "is_exporting", bool)()
