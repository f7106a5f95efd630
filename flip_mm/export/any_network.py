# SPDX-License-Identifier: Apache-2.0
"""Any classifier of MMPretrain as a network that returns logits, for files that contain a graph."""

from __future__ import annotations

from torch import Tensor, nn


class AnyNetwork(nn.Module):
    """A model of two classes, spoof and real.

    Args:
        model: A classifier of MMPretrain in evaluation mode, ``model(images, mode='tensor')`` returns logits.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, None]:
        """See :class:`~flip_mm.networks.build.Network`.

        Raises:
            ValueError: The model does not return logits (N, 2).
        """
        logits = self.model(images, mode="tensor")
        if isinstance(logits, (list, tuple)):
            logits = logits[-1] if logits else None
        if not isinstance(logits, Tensor) or logits.ndim != 2 or logits.shape[1] != 2:
            found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            raise ValueError(
                f"{type(self.model).__name__} returns {found} in mode 'tensor': a model file takes logits of two classes, "
                "spoof and real."
            )
        return logits, None
