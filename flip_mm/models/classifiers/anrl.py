# SPDX-License-Identifier: Apache-2.0
"""Adaptive normalised representation learning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from mmengine.dist import all_reduce
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor
from torch.func import functional_call

from flip_mm.models.losses.depth_loss import depth_loss
from flip_mm.models.meta_learning import check_order, inner_step
from flip_mm.models.needs import Needs, check_domains

from .depth_classifier import DepthBatch, DepthClassifier, class_loss


@MODELS.register_module()
class ANRL(DepthClassifier):
    r"""ANRL (Liu et al., ACM MM 2021), as in the released code.

    Every step draws one domain t for meta-test; the others are for meta-train. A pass with the centres of domain i has the loss

    .. math:: L_i = L_{cls} + w_d L_{dep} + w_1 (\overline{d(v_r, r_k)} - d(v_r, r_i))
        + w_2 (d(v_r, r_i) - d(v_r, s_i) - d(v_s, r_i))

    with v the mean of the maps of all stages over all places, of the real (r) and the spoof (s) images, d the mean squared
    difference, and the mean over the other domains k. The centres :math:`r_i, s_i` are moving averages. The attention weights W
    of :class:`~flip_mm.models.conv_block.AdaNorm` get an inner step, :math:`W' = W - r \nabla_W \sum_j L_j`; the total loss is
    :math:`\sum_j L_j + L_t(W')`.

    Args:
        num_domains: Number of training domains; None: that of the run.
        epoch_iters: Iterations after which the centres start at 1 again.
        inner_rate: r.
        order: 2, or 1 for a gradient without second derivatives; 1 needs ``first_order_path``.
        first_order_path: Whether :math:`L_t` reaches W also through the first W in :math:`W - r \nabla_W`. The release takes
            a copy of W there, so that only the second derivatives reach it.
        mixed_meta_train: The release gives each meta-train pass a part of the images of all meta-train domains, but the
            centres of one. False: the images of that domain.
        depth_weight: :math:`w_d`.
        domain_weight: :math:`w_1`.
        class_weight: :math:`w_2`.
        momentum: Weight of the old centre in the moving average.
        kwargs: As for :class:`DepthClassifier`.

    Raises:
        ValueError: ``num_domains`` is missing, ``order`` is neither 1 nor 2, or 1 without ``first_order_path``.
    """

    needs = Needs(sources=2, depth=True)

    def __init__(
        self,
        *,
        num_domains: int | None = None,
        epoch_iters: int = 1000,
        inner_rate: float = 1e-4,
        order: int = 2,
        first_order_path: bool = False,
        mixed_meta_train: bool = True,
        depth_weight: float = 0.1,
        domain_weight: float = 0.001,
        class_weight: float = 0.001,
        momentum: float = 0.9,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if check_order(order) == 1 and not first_order_path:
            raise ValueError("model.order=1 needs first_order_path=True: nothing else would reach the attention weights.")
        self.epoch_iters, self.inner_rate, self.order = epoch_iters, inner_rate, order
        self.first_order_path, self.mixed_meta_train = first_order_path, mixed_meta_train
        self.depth_weight, self.domain_weight, self.class_weight = depth_weight, domain_weight, class_weight
        self.momentum = momentum
        # Of spoof and real.
        self.register_buffer("centres", torch.ones(2, check_domains(num_domains), self.backbone.out_channels[0]))
        self.register_buffer("iterations", torch.zeros((), dtype=torch.long))

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Compute the losses of meta-train and meta-test.

        Args:
            inputs: (N, C, H, W), normalised.
            data_samples: N samples with ``gt_label``, ``domain_index`` and ``depth``, as many of each (domain, class).

        Returns:
            ``loss_{train,test}_{cls,depth,domain,class}``, weighted.
        """
        if self.iterations % self.epoch_iters == 0:
            self.centres.fill_(1)
        self.iterations += 1
        batches = self.by_domain(inputs, data_samples)
        *train, test = self.domain_order(len(batches))
        passes = mixtures([batches[number] for number in train]) if self.mixed_meta_train else [batches[n] for n in train]
        losses = [self.pass_losses(batch, number) for batch, number in zip(passes, train, strict=True)]
        train_losses = {name: sum(part[name] for part in losses) for name in losses[0]}
        attention = {name: p for name, p in self.backbone.named_parameters() if ".attention." in name}
        fast = inner_step(sum(train_losses.values()), attention, self.inner_rate, self.order)
        if not self.first_order_path:
            fast = {name: value - p + p.detach() for (name, p), value in zip(attention.items(), fast.values(), strict=True)}
        test_losses = self.pass_losses(batches[test], test, fast)
        return {
            f"loss_{part}_{name}": value
            for part, terms in (("train", train_losses), ("test", test_losses))
            for name, value in terms.items()
        }

    def pass_losses(self, batch: DepthBatch, number: int, fast: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """Return the weighted losses of one pass, and update the centres.

        Args:
            batch: Images of both classes.
            number: Domain of the centres.
            fast: Other values for parameters of the backbone.
        """
        every, last = functional_call(self.backbone, dict(fast or {}), (batch.images,))
        _, logits = self.embedder(every if self.embeds == "all" else last)
        features = every.mean(dim=(2, 3))
        spoof, real = (features[batch.labels == label] for label in (0, 1))
        for centre, own in zip(self.centres[:, number], (spoof, real), strict=True):
            mean = own.detach().mean(dim=0).to(centre.dtype)
            all_reduce(mean, "mean")
            centre.mul_(self.momentum).add_(mean, alpha=1 - self.momentum)
        # The graph keeps them, and later passes change the buffer.
        spoof_centre, real_centres = self.centres[0, number].clone(), self.centres[1].clone()
        own = squared_distance(real, real_centres[number])
        others = [squared_distance(real, centre) for k, centre in enumerate(real_centres) if k != number]
        separation = own - squared_distance(real, spoof_centre) - squared_distance(spoof, real_centres[number])
        return dict(
            cls=class_loss(logits, batch.labels),
            depth=self.depth_weight * depth_loss(self.depth_estimator(every), batch.depth),
            domain=self.domain_weight * (sum(others) / len(others) - own),
            **{"class": self.class_weight * separation},
        )


def mixtures(batches: list[DepthBatch]) -> list[DepthBatch]:
    """Cut the images of K domains into K parts, each with images of all domains, as in the release.

    The images of a class are listed as first image of every domain, second image of every domain ..., then cut.

    Raises:
        ValueError: The domains have different numbers of images of a class.
    """
    try:
        lists = [
            DepthBatch(*(torch.stack(parts, dim=1).flatten(0, 1) for parts in zip(*_of_class(batches, label), strict=True)))
            for label in (1, 0)
        ]
    except RuntimeError as error:
        raise ValueError("ANRL needs batches with as many images of every domain and class.") from error
    halves = [zip(*(field.chunk(len(batches)) for field in batch), strict=True) for batch in lists]
    return [DepthBatch(*map(torch.cat, zip(real, spoof, strict=True))) for real, spoof in zip(*halves, strict=True)]


def _of_class(batches: list[DepthBatch], label: int) -> Iterator[DepthBatch]:
    for batch in batches:
        yield DepthBatch(*(field[batch.labels == label] for field in batch))


def squared_distance(features: Tensor, centre: Tensor) -> Tensor:
    """Mean over images and channels of the squared difference of features (N, C) and a centre (C,)."""
    return (features - centre).square().mean()
