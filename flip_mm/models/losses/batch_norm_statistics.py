# SPDX-License-Identifier: Apache-2.0
"""How far the statistics of a batch are from those that a trained network keeps in its BatchNorm layers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@contextmanager
def batch_norm_statistics(network: nn.Module) -> Iterator[list[Tensor]]:
    r"""Collect :math:`\|\mu - \hat\mu\| + \|\sigma - \hat\sigma\|` of every BatchNorm2d layer that a forward pass uses.

    :math:`\mu, \sigma` are mean and standard deviation of the layer's input over the batch, :math:`\hat\mu, \hat\sigma` the
    running ones; the norms are Euclidean, over the channels.

    Args:
        network: In evaluation mode, otherwise the pass changes the running statistics.

    Yields:
        A list, which the forward pass fills with one scalar for each use of a layer.

    Example:
        >>> layer = nn.BatchNorm2d(1).eval()
        >>> with batch_norm_statistics(layer) as distances:
        ...     _ = layer(torch.tensor([2.0, 4.0]).view(2, 1, 1, 1))  # mean 3, variance 2; running 0 and 1
        >>> round(distances[0].item(), 4)
        3.4142
    """
    distances: list[Tensor] = []

    def measure(layer: nn.BatchNorm2d, inputs: tuple[Tensor, ...]) -> None:
        # Unbiased, as the running variance.
        variance, mean = torch.var_mean(inputs[0], dim=(0, 2, 3))
        sigma, running = ((value + layer.eps).sqrt() for value in (variance, layer.running_var))
        distances.append((mean - layer.running_mean).norm() + (sigma - running).norm())

    layers = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    handles = [layer.register_forward_pre_hook(measure) for layer in layers]
    try:
        yield distances
    finally:
        for handle in handles:
            handle.remove()
