# SPDX-License-Identifier: Apache-2.0
"""ADDA: an encoder of target images learns to deceive a critic that knows the encoder of source images."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn
from torchvision.ops import MLP

from flip_mm.models.needs import Needs
from flip_mm.models.sample_fields import source_and_target


class Encoder(nn.Module):
    """A frozen copy of a backbone and its neck, always in evaluation mode."""

    def __init__(self, backbone: nn.Module, neck: nn.Module) -> None:
        super().__init__()
        self.backbone, self.neck = copy.deepcopy(backbone), copy.deepcopy(neck)
        self.requires_grad_(False)

    def train(self, mode: bool = True) -> Encoder:
        """Stay in evaluation mode."""
        return super().train(False)

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the features of images (N, 3, H, W)."""
        return self.neck(self.backbone(inputs))


@MODELS.register_module()
class ADDA(ImageClassifier):
    """Adversarial discriminative domain adaptation (Tzeng et al., CVPR 2017), also of ADA (Wang et al., ICB 2019).

    A training starts from a classifier of the labelled source: ``WarmStartHook`` copies its encoder to both encoders. The
    source encoder and the head are frozen. Each step updates the critic, which learns 1 for source and 0 for target, then the
    target encoder towards 1. Both read the first output of the neck. Predictions use the target encoder.

    Args:
        backbone: Backbone of both encoders.
        neck: :class:`~flip_mm.models.FeatureMLP` of both encoders.
        head: Head of the source training.
        critic_channels: Widths of the hidden layers of the critic.
        simultaneous: Update both on one forward pass, and let the loss of the target encoder include the source rows, as the
            authors' program; by default one after the other, as the programs for faces.
        **kwargs: Arguments of MMPretrain's ``ImageClassifier``.
    """

    needs = Needs(unlabelled=True)

    def __init__(
        self,
        backbone: dict,
        neck: dict,
        head: dict,
        critic_channels: Sequence[int] = (500, 500),
        simultaneous: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(backbone=backbone, neck=neck, head=head, **kwargs)
        self.simultaneous = simultaneous
        self.source = Encoder(self.backbone, self.neck)
        self.critic = MLP(self.neck.channels[0], [*critic_channels, 2])
        self.head.requires_grad_(False)

    def train_step(self, data: dict, optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        """Update the critic and the target encoder.

        Args:
            data: A batch.
            optim_wrapper: With ``critic`` and ``target``.

        Returns:
            The losses before each update.

        Raises:
            ValueError: The batch has no unlabelled images, or no labelled ones.
        """
        source, target = self.split(data)
        step = self._simultaneous_step if self.simultaneous else self._step
        losses = step(source, target, optim_wrapper)
        optim_wrapper.zero_grad()
        return dict(losses, loss=sum(losses.values()))

    def split(self, data: dict) -> tuple[Tensor, Tensor]:
        """Return the labelled and the unlabelled images of a batch, normalised; raise a ValueError if there are none."""
        data = self.data_preprocessor(data, True)
        source, _, target = source_and_target(**data)
        return source, target

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Raise a RuntimeError: there are two losses for two optimizers."""
        raise RuntimeError(
            f"{type(self).__name__} trains in train_step, with the optimizers critic and target in one process: "
            "DistributedDataParallel does not call it."
        )

    def critic_step(self, source: Tensor, target: Tensor, critic: OptimWrapper) -> Tensor:
        """Update the critic by source and target images, and return its loss before."""
        with critic.optim_context(self):
            with torch.no_grad():
                features = torch.cat([self.source.extract_feat(source)[0], self.extract_feat(target)[0]])
            loss = F.cross_entropy(self.critic(features), _domains(source, target))
        critic.update_params(loss)
        return loss.detach()

    def deceiving_loss(self, target: Tensor) -> Tensor:
        """Return the critic's cross entropy of target images towards 1, source."""
        logits = self.critic(self.extract_feat(target)[0])
        return F.cross_entropy(logits, torch.ones(len(target), dtype=torch.long, device=logits.device))

    def _step(self, source: Tensor, target: Tensor, optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        loss_critic = self.critic_step(source, target, optim_wrapper["critic"])
        with optim_wrapper["target"].optim_context(self):
            loss_target = self.deceiving_loss(target)
        optim_wrapper["target"].update_params(loss_target)
        return dict(loss_critic=loss_critic, loss_target=loss_target.detach())

    def _simultaneous_step(self, source: Tensor, target: Tensor, optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        domains = _domains(source, target)
        with optim_wrapper["target"].optim_context(self):
            features = torch.cat([self.source.extract_feat(source)[0], self.extract_feat(target)[0]])
            loss_critic = F.cross_entropy(self.critic(features.detach()), domains)
            loss_target = F.cross_entropy(self.critic(features), 1 - domains)
        optim_wrapper["target"].update_params(loss_target)
        # Of the critic, it left gradients that are not used.
        optim_wrapper["critic"].zero_grad()
        optim_wrapper["critic"].update_params(loss_critic)
        return dict(loss_critic=loss_critic.detach(), loss_target=loss_target.detach())


def _domains(source: Tensor, target: Tensor) -> Tensor:
    """Labels of the critic for a batch: 1 source, 0 target."""
    return torch.cat([source.new_ones(len(source)), target.new_zeros(len(target))]).long()
