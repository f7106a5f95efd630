# SPDX-License-Identifier: Apache-2.0
"""Classify by the nearest labelled training images: the decision of ADA and DR-UDA."""

from __future__ import annotations

from typing import Any, Literal

import torch
from mmpretrain.models.heads import ClsHead
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.models.evenly_spaced import evenly_spaced
from flip_mm.models.sample_fields import labels


@MODELS.register_module()
class KNNHead(ClsHead):
    """k nearest neighbours among the embeddings of labelled images; checkpoints contain these embeddings.

    The probability of real is the share of real images among the k nearest ones, optionally weighted. With k = 2 and without
    weights there are three values, 0, 1/2 and 1, so that AUC and EER are coarse. At 1/2 the label is spoof.
    :class:`~flip_mm.engine.NeighbourMemoryHook` fills the memory before each validation and checkpoint.

    Args:
        in_channels: Length of an embedding.
        k: Number of neighbours.
        weights: ``'uniform'``, or ``'distance'``: a neighbour counts by the reciprocal of its distance.
        memory_size: Most embeddings in the memory. Of more images, this number is taken at equal distances in their list.
        loss: Loss of embeddings (N, in_channels) and labels (N,).
        **kwargs: Arguments of MMPretrain's ``ClsHead``.

    Attributes:
        memory (Tensor): (memory_size, in_channels).
        memory_labels (Tensor): (memory_size,) int64; -1 where the memory is empty.

    Raises:
        ValueError: A number is not above 0, or ``weights`` is unknown.
    """

    def __init__(
        self,
        in_channels: int,
        k: int = 2,
        weights: Literal["uniform", "distance"] = "uniform",
        memory_size: int = 16384,
        loss: dict = dict(type="RandomNegativeTripletLoss"),  # noqa: B006 not changed
        **kwargs: Any,
    ) -> None:
        super().__init__(loss=loss, **kwargs)
        if min(in_channels, k, memory_size) < 1 or weights not in ("uniform", "distance"):
            raise ValueError(
                "KNNHead: in_channels, k and memory_size must be above 0, and weights 'uniform' or 'distance', got "
                f"{in_channels}, {k}, {memory_size} and {weights!r}."
            )
        self.k, self.weights = k, weights
        self.register_buffer("memory", torch.zeros(memory_size, in_channels))
        self.register_buffer("memory_labels", torch.full((memory_size,), -1))

    @torch.no_grad()
    def fill(self, embeddings: Tensor, classes: Tensor) -> None:
        """Replace the memory.

        Args:
            embeddings: (N, in_channels).
            classes: (N,), 0 spoof, 1 real.
        """
        kept = evenly_spaced(len(classes), len(self.memory_labels)).to(classes.device)
        embeddings, classes = embeddings[kept], classes[kept]
        self.memory.zero_()[: len(classes)] = embeddings.to(self.memory)
        self.memory_labels.fill_(-1)[: len(classes)] = classes.to(self.memory_labels)

    def remembered(self) -> tuple[Tensor, Tensor]:
        """Return the embeddings and labels in the memory.

        Raises:
            ValueError: It is empty.
        """
        filled = self.memory_labels >= 0
        if not filled.any():
            raise ValueError(
                "KNNHead: the memory is empty. A training fills it with default_hooks.memory=dict(type='NeighbourMemoryHook'), "
                "and its checkpoints contain it."
            )
        return self.memory[filled], self.memory_labels[filled]

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return the logarithms of the probabilities of spoof and real, (N, 2), of embeddings ``feats[-1]``."""
        memory, classes = self.remembered()
        nearest, index = torch.cdist(feats[-1], memory.to(feats[-1])).topk(min(self.k, len(memory)), largest=False)
        weight = torch.ones_like(nearest) if self.weights == "uniform" else 1 / nearest.clamp(min=1e-12)
        real = (weight * classes[index]).sum(1) / weight.sum(1)
        return torch.stack([1 - real, real], 1).log()

    def loss(self, feats: tuple[Tensor, ...], data_samples: list[DataSample], **kwargs: Any) -> dict[str, Tensor]:
        """Compute the loss of the embeddings ``feats[-1]``.

        Raises:
            ValueError: An image is unlabelled.
        """
        classes = labels(data_samples, feats[-1].device)
        if (classes < 0).any():
            raise ValueError("KNNHead: a batch of its training has unlabelled images; remove run.unlabelled.")
        return dict(loss=self.loss_module(feats[-1], classes, **kwargs))
