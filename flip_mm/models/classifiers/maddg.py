# SPDX-License-Identifier: Apache-2.0
"""Multi-adversarial deep domain generalisation, and the encoders that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.optim import OptimWrapperDict
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from flip_mm.models import sample_fields
from flip_mm.models.losses import cross_domain_triplets
from flip_mm.models.losses.depth_loss import depth_loss
from flip_mm.models.map_critic import MapCritic
from flip_mm.models.needs import Needs, check_domains
from flip_mm.models.precision import widen

from .depth_classifier import DepthClassifier, class_loss


@MODELS.register_module()
class MADDG(DepthClassifier):
    r"""MADDG (Shao et al., CVPR 2019), as in the released code: three optimizers in turn in every step.

    1. ``depth`` (backbone, depth estimator): mean squared error of the depth.
    2. ``generator`` (backbone, embedder), on features of the updated backbone:
       :math:`L_{trip} + L_{cls} + w \frac{1}{K} \sum_i mean (C_i(f) - 1)^2`, see
       :func:`~flip_mm.models.losses.cross_domain_triplets`; all images meet the critics :math:`C_i` of all K sources.
    3. ``critics``: :math:`\frac{1}{2} mean (C_i(F_i(x_i)) - 1)^2 + \frac{1}{2} mean C_i(f)^2`, with :math:`F_i` the encoder of
       source i from an earlier training, :class:`MADDGExtractors`, in evaluation mode. Its features are repeated K times, so
       that there are as many as in f.

    Args:
        num_domains: K; None: the number of training domains of the run.
        critic_channels: See :class:`~flip_mm.models.map_critic.MapCritic`; None for no critics and no encoders of sources.
        adversarial_weight: w.
        cross_margin: Margin of the triplets of two sources.
        within_margin: Margin of the triplets of one source.
        within_weight: Weight of the latter.
        kwargs: As for :class:`DepthClassifier`.

    Raises:
        ValueError: ``num_domains`` is missing.
    """

    needs = Needs(sources=2, depth=True)

    def __init__(
        self,
        *,
        num_domains: int | None = None,
        critic_channels: Sequence[int] | None = (128, 256, 512),
        adversarial_weight: float = 1.0,
        cross_margin: float = 0.5,
        within_margin: float = 0.1,
        within_weight: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.adversarial_weight = adversarial_weight
        self.triplets = dict(cross_margin=cross_margin, within_margin=within_margin, within_weight=within_weight)
        count = 0 if critic_channels is None else check_domains(num_domains)
        channels = self.backbone.out_channels[1]
        self.critics = nn.ModuleList(MapCritic(channels, critic_channels) for _ in range(count))
        self.source_encoders = nn.ModuleList(MODELS.build(kwargs["backbone"]) for _ in range(count)).requires_grad_(False)

    def train(self, mode: bool = True) -> MADDG:
        """Set the mode; the encoders of the sources stay in evaluation mode."""
        super().train(mode)
        self.source_encoders.eval()
        return self

    def train_step(self, data: dict, optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        """Run one step of each optimizer, and return the losses of all three."""
        data = self.data_preprocessor(data, True)
        inputs, samples = data["inputs"], data["data_samples"]
        depth, generator = optim_wrapper["depth"], optim_wrapper["generator"]
        with depth.optim_context(self):
            terms = self.depth_losses(inputs, samples)
        depth.update_params(sum(terms.values()))
        with generator.optim_context(self):
            maps, losses = self.generator_losses(inputs, samples)
        generator.update_params(sum(losses.values()))
        terms |= losses
        if self.critics:
            critics = optim_wrapper["critics"]
            # The generator's loss has left gradients in them.
            critics.zero_grad()
            with critics.optim_context(self):
                losses = self.critic_losses(inputs, samples, maps.detach())
            critics.update_params(sum(losses.values()))
            terms |= losses
        return self.parse_losses(terms)[1]

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return the losses of the first two optimizers; for (N, C, H, W) and N samples."""
        return self.depth_losses(inputs, data_samples) | self.generator_losses(inputs, data_samples)[1]

    def depth_losses(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return ``loss_depth``."""
        images, _, depth = self.labelled(inputs, data_samples)
        return dict(loss_depth=depth_loss(self.depth_estimator(self.extract_feat(images)[0]), depth))

    def generator_losses(self, inputs: Tensor, data_samples: list[DataSample]) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the maps for the critics (N, C, g, g), and ``loss_triplet``, ``loss_cls``, ``loss_adversarial``."""
        images, labels, _ = self.labelled(inputs, data_samples)
        maps = self.extract_feat(images)[1]
        features, logits = self.embedder(maps)
        numbers = sample_fields.domains(data_samples, inputs.device)
        losses = dict(
            loss_triplet=cross_domain_triplets(widen(features), labels, numbers, **self.triplets),
            loss_cls=class_loss(logits, labels),
        )
        if self.critics:
            deceived = torch.stack([squared_distance(critic(maps), 1) for critic in self.critics])
            losses["loss_adversarial"] = self.adversarial_weight * deceived.mean()
        return maps, losses

    def critic_losses(self, inputs: Tensor, data_samples: list[DataSample], maps: Tensor) -> dict[str, Tensor]:
        """Return ``loss_critic_{i}``, for maps (N, C, g, g) without gradient."""
        batches = self.by_domain(inputs, data_samples)
        losses = {}
        for number, (critic, encoder, batch) in enumerate(zip(self.critics, self.source_encoders, batches, strict=True)):
            with torch.no_grad():
                real = encoder(batch.images)[1]
            losses[f"loss_critic_{number}"] = critic_loss(critic, real.repeat(len(batches), 1, 1, 1), maps)
        return losses


def critic_loss(critic: nn.Module, real: Tensor, generated: Tensor) -> Tensor:
    """Least-squares loss of a critic that gives 1 to real maps and 0 to generated ones."""
    return (squared_distance(critic(real), 1) + squared_distance(critic(generated), 0)) / 2


def squared_distance(scores: Tensor, value: float) -> Tensor:
    """Mean squared difference to a value."""
    return (widen(scores) - value).square().mean()
