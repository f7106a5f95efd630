# SPDX-License-Identifier: Apache-2.0
"""What the methods on DepthNet share: a feature extractor, an embedder that classifies and a depth estimator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor
from torch.nn import functional as F

from flip_mm.models import sample_fields
from flip_mm.models.needs import Needs

from .logits_classifier import LogitsClassifier


class DepthBatch(NamedTuple):
    """Images of one or several domains.

    Attributes:
        images: (N, C, H, W).
        labels: (N,) int64, 0 spoof and 1 real.
        depth: (N, 1, g, g), zero for spoof.
    """

    images: Tensor
    labels: Tensor
    depth: Tensor


class DepthSupervised(LogitsClassifier):
    """A classifier that is trained with depth maps."""

    needs = Needs(depth=True)

    def labelled(self, inputs: Tensor, data_samples: Sequence[DataSample]) -> DepthBatch:
        """Return a training batch.

        Raises:
            ValueError: It has unlabelled images, or no depth maps.
        """
        if not sample_fields.is_labelled(data_samples).all():
            raise ValueError(f"{type(self).__name__} does not use unlabelled images of the target: remove run.unlabelled.")
        device = inputs.device
        depth = sample_fields.depth_maps(data_samples, device).to(inputs.dtype)
        return DepthBatch(inputs, sample_fields.labels(data_samples, device), depth)

    def by_domain(self, inputs: Tensor, data_samples: Sequence[DataSample]) -> list[DepthBatch]:
        """Return a training batch, split by domain, in the order of the domains' numbers.

        Raises:
            ValueError: As for :meth:`labelled`, or there are fewer domains than the method needs.
        """
        batch = self.labelled(inputs, data_samples)
        domains = sample_fields.domains(data_samples, inputs.device)
        numbers = domains.unique().tolist()
        if len(numbers) < self.needs.sources:
            raise ValueError(
                f"{type(self).__name__} needs at least {self.needs.sources} training domains in a batch, got {len(numbers)}."
            )
        return [DepthBatch(*(field[domains == number] for field in batch)) for number in numbers]


class DepthClassifier(DepthSupervised):
    """A DepthNet, an embedder for the class and a depth estimator that is used in training only.

    The score is the probability of real, a sigmoid if the embedder has one output and a softmax if it has two; the depth has
    no part in it.

    Args:
        backbone: For instance :class:`~flip_mm.models.DepthNet`.
        embedder: For instance :class:`~flip_mm.models.DepthEmbedder`.
        depth_estimator: For instance :class:`~flip_mm.models.DepthEstimator`.
        embeds: Input of the embedder: ``'last'`` for the maps of the last stage, ``'all'`` for the maps of all three.
        data_preprocessor: See :class:`~flip_mm.models.FASDataPreprocessor`.
        init_cfg: mmengine's.

    Raises:
        ValueError: ``embeds`` is none of these.
    """

    def __init__(
        self,
        backbone: dict,
        embedder: dict,
        depth_estimator: dict,
        embeds: str = "last",
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg, {"type": "FASDataPreprocessor", **(data_preprocessor or {})})
        if embeds not in ("last", "all"):
            raise ValueError(f"model.embeds must be 'last' or 'all', got {embeds!r}.")
        self.embeds = embeds
        self.backbone = MODELS.build(backbone)
        self.embedder = MODELS.build(embedder)
        self.depth_estimator = MODELS.build(depth_estimator)

    def domain_order(self, count: int) -> list[int]:
        """Draw an order of the domains for meta-learning; the last one is for meta-test."""
        return torch.randperm(count).tolist()

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the maps of all stages for the depth estimator, and the maps for the embedder."""
        every, last = self.backbone(inputs)
        return every, every if self.embeds == "all" else last

    def logits(self, inputs: Tensor) -> Tensor:
        """Return logits (N, 2) of spoof and real."""
        return two_logits(self.embedder(self.extract_feat(inputs)[1])[1])


def two_logits(logits: Tensor) -> Tensor:
    """Return logits (N, 2) of spoof and real: those of one output (N, 1) are 0 and this output."""
    return torch.cat([torch.zeros_like(logits), logits], dim=1) if logits.shape[1] == 1 else logits


def class_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross entropy: binary for logits (N, 1) of real, else of logits (N, 2)."""
    if logits.shape[1] == 2:
        return F.cross_entropy(logits, labels)
    return F.binary_cross_entropy_with_logits(logits[:, 0], labels.to(logits.dtype))
