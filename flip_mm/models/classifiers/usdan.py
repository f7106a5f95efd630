# SPDX-License-Identifier: Apache-2.0
"""USDAN-Un (Jia et al., Pattern Recognition 2021): domain adaptation with entropy and an adversary."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.models.domain_discriminator import DomainDiscriminator
from flip_mm.models.losses import mean_entropy
from flip_mm.models.needs import Needs
from flip_mm.models.sample_fields import is_source, labels


def focal_of_mean(loss: Tensor) -> Tensor:
    r"""Return :math:`(1 - e^{-q})^2 q`: the focal loss of the batch's mean cross entropy q, not of each image."""
    return (1 - (-loss).exp()).square() * loss


@MODELS.register_module()
class USDAN(ImageClassifier):
    r"""Classify the source; make the target's predictions certain and the features of both domains alike.

    .. math:: L = \lambda_1 L_{focal} + \lambda_2 L_{entropy} + \lambda_3 L_{adversary}

    Source and target images are one batch, so they share the statistics of batch normalisation. The adversary is behind a
    gradient reversal and learns 1 for source, 0 for target.

    Args:
        *args: Arguments of MMPretrain's ``ImageClassifier``; the head is a :class:`~flip_mm.models.FixedDirectionHead`.
        classification_weight: :math:`\lambda_1`.
        entropy_weight: :math:`\lambda_2`.
        adversarial_weight: :math:`\lambda_3`.
        reversal_iters: See :class:`~flip_mm.models.gradient_reversal.GradientReversal`.
        count_validation: Whether each validation image counts as an iteration for the gradient reversal, as in the release
            with its validation batches of one image. With several processes, each counts its own images.
        **kwargs: As ``*args``.
    """

    needs = Needs(unlabelled=True)

    def __init__(
        self,
        *args: Any,
        classification_weight: float = 7.5,
        entropy_weight: float = 0.1,
        adversarial_weight: float = 1.0,
        reversal_iters: int = 10000,
        count_validation: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.classification_weight, self.entropy_weight = classification_weight, entropy_weight
        self.adversarial_weight = adversarial_weight
        self.discriminator = DomainDiscriminator(
            self.head.fc.out_features, 1, reversal_iters, count_validation=count_validation
        )

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return ``loss_cls``, ``loss_entropy`` and ``loss_adv``, weighted, of images (N, 3, H, W) of both domains.

        Raises:
            ValueError: The batch has no unlabelled images.
        """
        source = is_source(data_samples, inputs.device)
        feature = self.extract_feat(inputs, stage="pre_logits")
        logits, domain = self.head.classify(feature), self.discriminator(feature)[:, 0]
        cross_entropy = self.head.loss_module(logits[source], labels(data_samples, inputs.device)[source])
        adversary = F.binary_cross_entropy_with_logits(domain, source.to(domain))
        return dict(
            loss_cls=self.classification_weight * focal_of_mean(cross_entropy),
            loss_entropy=self.entropy_weight * mean_entropy(logits[~source]),
            loss_adv=self.adversarial_weight * adversary,
        )

    def predict(self, inputs: Tensor, data_samples: list[DataSample] | None = None, **kwargs: Any) -> list[DataSample]:
        """Return the samples with ``pred_score``; the gradient reversal counts the images if it should."""
        self.discriminator.reversal(torch.empty(len(inputs), 0))
        return super().predict(inputs, data_samples, **kwargs)
