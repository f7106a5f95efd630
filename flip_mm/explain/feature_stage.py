# SPDX-License-Identifier: Apache-2.0
"""Find and replace the last feature map of a convolutional network that still shows where things are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

# Smallest side of a feature map, in places: a smaller one does not distinguish the parts of a face.
MIN_PLACES = 7


@torch.no_grad()
def last_feature_map(tower: nn.Module, images: Tensor) -> tuple[nn.Module, Tensor] | None:
    """Find the last stage of a network with a map of at least 7 x 7 places.

    Stages are the direct children of the network, or of the ``trunk`` that open_clip wraps. They run one after the other, so
    that everything the network sees passes through each of them; this does not hold for layers inside of a stage.

    Args:
        tower: The network.
        images: (N, 3, H, W).

    Returns:
        The stage and its output (N, K, h, w); None if no stage has such a map.
    """
    found: list[tuple[nn.Module, Tensor]] = []

    def keep(stage: nn.Module, _: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and min(output.shape[2:]) >= MIN_PLACES:
            found.append((stage, output))

    hooks = [stage.register_forward_hook(keep) for stage in getattr(tower, "trunk", tower).children()]
    try:
        tower(images)
    finally:
        for hook in hooks:
            hook.remove()
    return found[-1] if found else None


@contextmanager
def replaced(stage: nn.Module, features: Tensor) -> Iterator[None]:
    """Let a stage return other features, also for another number of images."""
    hook = stage.register_forward_hook(lambda *_: features)
    try:
        yield
    finally:
        hook.remove()
