# SPDX-License-Identifier: Apache-2.0
"""Record the last feature map of a convolutional network that still shows where things are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

# Smallest side of a feature map, in places: a smaller one does not tell the parts of a face apart.
MIN_PLACES = 4


@contextmanager
def recorded_features(tower: nn.Module) -> Iterator[list[Tensor]]:
    """Collect the outputs (N, K, H, W) of the stages of a network that have at least 4 x 4 places.

    Stages are the direct children of the network, or of the ``trunk`` that open_clip wraps. They run one after the other, so
    that everything the network sees passes through each of them; this does not hold for layers inside of a stage.
    """
    found: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and min(output.shape[2:]) >= MIN_PLACES:
            found.append(output)

    hooks = [stage.register_forward_hook(keep) for stage in getattr(tower, "trunk", tower).children()]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
