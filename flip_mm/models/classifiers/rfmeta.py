# SPDX-License-Identifier: Apache-2.0
"""Regularised fine-grained meta face anti-spoofing."""

from __future__ import annotations

from typing import Any

import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.models.losses.depth_loss import depth_loss
from flip_mm.models.meta_learning import call_with, check_order, inner_step
from flip_mm.models.needs import Needs
from flip_mm.models.precision import widen

from .depth_classifier import DepthClassifier, class_loss


@MODELS.register_module()
class RfMeta(DepthClassifier):
    r"""RfMeta (Shao et al., AAAI 2020), as in the released code.

    Every step draws one domain t for meta-test; the others are for meta-train. Each meta-train domain j gives other weights of
    the embedder, :math:`\theta_j = \theta - r \nabla_\theta c_j`, and with each of them the classification of t has a loss:

    .. math:: L = \sum_j (c_j + w e_j) + \sum_j c_t(\theta_j) + w e_t

    c is the binary cross entropy, e the mean squared error of the depth.

    Args:
        inner_rate: :math:`r`.
        order: 2, or 1 for a gradient without second derivatives.
        depth_weight: :math:`w`.
        kwargs: As for :class:`DepthClassifier`. ``embedder.bn_momentum=1.0`` is the release: a test normalises with the
            statistics of the last meta-train domain of the last step.

    Raises:
        ValueError: ``order`` is neither 1 nor 2.
    """

    needs = Needs(sources=2, depth=True)

    def __init__(self, *, inner_rate: float = 1e-3, order: int = 2, depth_weight: float = 10.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner_rate, self.order, self.depth_weight = inner_rate, check_order(order), depth_weight

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Compute the losses of meta-train and meta-test.

        Args:
            inputs: (N, C, H, W), normalised.
            data_samples: N samples with ``gt_label``, ``domain_index`` and ``depth``.

        Returns:
            ``loss_{train,test}_{cls,depth}``, weighted.
        """
        batches = self.by_domain(inputs, data_samples)
        *train, test = (batches[number] for number in self.domain_order(len(batches)))
        theta = dict(self.embedder.named_parameters())
        train_cls, train_depth, inner = [], [], []
        for batch in train:
            every, maps = self.extract_feat(batch.images)
            # Half precision without a scaled loss would lose small gradients of the inner step.
            with torch.autocast(maps.device.type, enabled=False):
                train_cls.append(class_loss(self.embedder(widen(maps))[1], batch.labels))
                inner.append(inner_step(train_cls[-1], theta, self.inner_rate, self.order))
            train_depth.append(depth_loss(self.depth_estimator(every), batch.depth))
        every, maps = self.extract_feat(test.images)
        with torch.autocast(maps.device.type, enabled=False):
            test_cls = [class_loss(call_with(self.embedder, weights, widen(maps))[1], test.labels) for weights in inner]
        return dict(
            loss_train_cls=sum(train_cls),
            loss_train_depth=self.depth_weight * sum(train_depth),
            loss_test_cls=sum(test_cls),
            loss_test_depth=self.depth_weight * depth_loss(self.depth_estimator(every), test.depth),
        )
