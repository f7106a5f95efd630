# SPDX-License-Identifier: Apache-2.0
"""SSDG (Jia et al., CVPR 2020): single-side domain generalisation."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.models.domain_discriminator import DomainDiscriminator
from flip_mm.models.losses import batch_all_triplet
from flip_mm.models.needs import Needs, check_domains
from flip_mm.models.sample_fields import domains, labels


@MODELS.register_module()
class SSDG(ImageClassifier):
    r"""Features of real faces that do not tell the domain, and a separate cluster for the attacks of each domain.

    .. math:: L = L_{cls} + \lambda_1 L_{triplet} + \lambda_2 L_{adv}

    :math:`L_{triplet}` has the labels 0 for all real faces and i + 1 for the attacks of domain i. :math:`L_{adv}` is the cross
    entropy of a discriminator of the domains behind a gradient reversal; it sees real faces only.

    Args:
        *args: Arguments of MMPretrain's ``ImageClassifier``; the head is a :class:`~flip_mm.models.BottleneckHead`.
        num_domains: Number of training domains; None takes that of the run.
        triplet_weight: :math:`\lambda_1`.
        adversarial_weight: :math:`\lambda_2`.
        margin: Margin of the triplets.
        reversal_iters: Iterations until the gradient reversal is complete.
        **kwargs: As ``*args``.

    Raises:
        ValueError: There are fewer than two domains.
    """

    needs = Needs(sources=2)

    def __init__(
        self,
        *args: Any,
        num_domains: int | None = None,
        triplet_weight: float = 1.0,
        adversarial_weight: float = 0.5,
        margin: float = 0.1,
        reversal_iters: int = 4000,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.triplet_weight, self.adversarial_weight, self.margin = triplet_weight, adversarial_weight, margin
        self.discriminator = DomainDiscriminator(
            self.head.classifier.in_features, check_domains(num_domains, least=2), reversal_iters
        )

    @staticmethod
    def clusters(label: Tensor, domain: Tensor) -> Tensor:
        """Return the labels of the triplets (N,) for labels (N,) and domains (N,)."""
        return torch.where(label == 1, 0, domain + 1)

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return ``loss_cls``, ``loss_triplet`` and ``loss_adv``, weighted, of images (N, 3, H, W) of all domains."""
        label, domain = labels(data_samples, inputs.device), domains(data_samples, inputs.device)
        feature = self.extract_feat(inputs, stage="pre_logits")
        real = label == 1
        return dict(
            loss_cls=self.head.loss_module(self.head.classify(feature), label),
            loss_triplet=self.triplet_weight * batch_all_triplet(feature, self.clusters(label, domain), self.margin),
            loss_adv=self.adversarial_weight * F.cross_entropy(self.discriminator(feature[real]), domain[real]),
        )
