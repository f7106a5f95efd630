# SPDX-License-Identifier: Apache-2.0
"""Domain generalisation without labels of domains: pseudo-domains and meta-learning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn
from torch.nn import functional as F

from flip_mm.models.data_preprocessor import IMAGENET_MEAN, IMAGENET_STD
from flip_mm.models.losses.depth_loss import depth_loss
from flip_mm.models.losses.rbf_mmd import rbf_mmd
from flip_mm.models.meta_learning import call_with, inner_step
from flip_mm.models.needs import Needs
from flip_mm.models.precision import widen

from .depth_classifier import DepthBatch, DepthClassifier, class_loss


@MODELS.register_module()
class D2AM(DepthClassifier):
    r"""D2AM (Chen et al., AAAI 2021), implemented from descriptions of the paper; its authors published no code.

    :class:`~flip_mm.engine.PseudoDomainHook` divides the training images into pseudo-domains by :meth:`domain_features`. Each
    step draws one pseudo-domain t for meta-test and takes the others for meta-train:

    .. math:: L = \sum_j (c_j + w e_j) + \sum_j c_t(\theta_j) + w e_t + w_P \sum_l P_l \ln P_l, \quad
        \theta_j = \theta - r \nabla_\theta c_j

    c is the binary cross entropy plus ``mmd_weight`` times the MMD between the embedder's features and as many draws of
    N(0, I); e the mean squared error of the depth; P the output of the domain representation learning module of stage l, with
    the mean over the images of a pseudo-domain, and the sum over all of them.

    Args:
        inner_rate: :math:`r`.
        depth_weight: :math:`w`, a choice.
        mmd_weight: Weight of the MMD.
        mmd_bandwidths: See :func:`~flip_mm.models.losses.rbf_mmd.rbf_mmd`; a choice.
        entropy_weight: :math:`w_P`.
        two_sided_entropy: Use :math:`P \ln P + (1 - P) \ln (1 - P)`; the text has the first term alone, which pushes P to 1/e.
        first_backbone: A backbone with ImageNet weights, for the first clustering; it is in no checkpoint. None: the features
            of the model itself.
        kwargs: As for :class:`DepthClassifier`; ``backbone`` is a :class:`~flip_mm.models.DRLMDepthNet`.
    """

    needs = Needs(depth=True)

    def __init__(
        self,
        *,
        inner_rate: float = 1e-3,
        depth_weight: float = 10.0,
        mmd_weight: float = 0.05,
        mmd_bandwidths: Sequence[float] = (1.0, 5.0, 10.0),
        entropy_weight: float = 0.1,
        two_sided_entropy: bool = False,
        first_backbone: dict | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.inner_rate, self.depth_weight = inner_rate, depth_weight
        self.mmd_weight, self.mmd_bandwidths = mmd_weight, tuple(mmd_bandwidths)
        self.entropy_weight, self.two_sided_entropy = entropy_weight, two_sided_entropy
        # Not registered as a part: checkpoints and optimizers must not contain it.
        self.__dict__["_first"] = first_backbone

    @torch.no_grad()
    def domain_features(self, inputs: Tensor, first: bool) -> Tensor:
        """Return means and standard deviations of the channels of feature maps, (N, d).

        Args:
            inputs: (N, C, H, W), C at least 3, RGB in 0..1 first.
            first: Whether to use the feature maps of ``first_backbone``, if there is one, instead of the domain features.
        """
        if not first or self._first is None:
            return channel_statistics(self.backbone.with_domain_maps(inputs)[2])
        if not isinstance(self._first, nn.Module):
            backbone = MODELS.build(self._first).to(inputs)
            backbone.init_weights()
            backbone.eval()
            self.__dict__["_first"] = backbone
        mean, std = (inputs.new_tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
        return channel_statistics(self._first((inputs[:, :3] - mean) / std))

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Compute the losses of meta-train and meta-test.

        Args:
            inputs: (N, C, H, W) in 0..1.
            data_samples: N samples with ``gt_label``, ``depth`` and ``pseudo_domain``.

        Returns:
            ``loss_{train,test}_{cls,depth}`` and ``loss_entropy``, weighted.
        """
        batches = self.by_pseudo_domain(inputs, data_samples)
        *train, test = (batches[number] for number in self.domain_order(len(batches)))
        theta = dict(self.embedder.named_parameters())
        inner, train_cls, depths, entropies = [], [], [], []
        for batch in (*train, test):
            every, last, domain_maps = self.backbone.with_domain_maps(batch.images)
            depths.append(depth_loss(self.depth_estimator(every), batch.depth))
            entropies.append(negative_entropy(self.backbone.presence(domain_maps), self.two_sided_entropy))
            # Half precision without a scaled loss would lose small gradients of the inner step.
            with torch.autocast(last.device.type, enabled=False):
                maps = widen(last)
                if batch is not test:
                    train_cls.append(self.embedder_loss(*self.embedder(maps), batch))
                    inner.append(inner_step(train_cls[-1], theta, self.inner_rate))
                else:
                    test_cls = [self.embedder_loss(*call_with(self.embedder, own, maps), test) for own in inner]
        return dict(
            loss_train_cls=sum(train_cls),
            loss_train_depth=self.depth_weight * sum(depths[:-1]),
            loss_test_cls=sum(test_cls),
            loss_test_depth=self.depth_weight * depths[-1],
            loss_entropy=self.entropy_weight * sum(entropies),
        )

    def embedder_loss(self, features: Tensor, logits: Tensor, batch: DepthBatch) -> Tensor:
        """Return the loss of the inner step: classification, and MMD of features (N, d) to a standard normal distribution."""
        mmd = rbf_mmd(features, torch.randn_like(features), self.mmd_bandwidths)
        return class_loss(logits, batch.labels) + self.mmd_weight * mmd

    def by_pseudo_domain(self, inputs: Tensor, data_samples: Sequence[DataSample]) -> list[DepthBatch]:
        """Return a training batch, split by pseudo-domain.

        Raises:
            ValueError: As for :meth:`labelled`, or the samples have no pseudo-domains, or only one.
        """
        batch = self.labelled(inputs, data_samples)
        numbers = torch.tensor([sample.get("pseudo_domain", -1) for sample in data_samples], device=inputs.device)
        found = numbers.unique().tolist()
        if found[0] < 0 or len(found) < 2:
            raise ValueError(
                "D2AM needs samples of at least two pseudo-domains: set "
                "default_hooks.pseudo_domains=dict(type='PseudoDomainHook', num_domains=3, interval=...)."
            )
        return [DepthBatch(*(field[numbers == number] for field in batch)) for number in found]


def channel_statistics(maps: Sequence[Tensor]) -> Tensor:
    """Return the mean of each channel of each (N, C, H, W), then the standard deviations, (N, 2 sum C)."""
    values = [torch.std_mean(own, dim=(2, 3), correction=0) for own in maps]
    return torch.cat([mean for _, mean in values] + [std for std, _ in values], dim=1)


def negative_entropy(logits: Tensor, two_sided: bool = False) -> Tensor:
    r"""Return the sum over the first axis of the mean over the second of :math:`P \ln P`, P the sigmoid.

    Args:
        logits: (stages, N).
        two_sided: Add :math:`(1 - P) \ln (1 - P)`.

    Example:
        >>> round(negative_entropy(torch.zeros(2, 3)).item(), 6)  # twice 0.5 ln 0.5
        -0.693147
    """
    value = logits.sigmoid() * F.logsigmoid(logits)
    if two_sided:
        value = value + (-logits).sigmoid() * F.logsigmoid(-logits)
    return value.mean(dim=1).sum()
