# SPDX-License-Identifier: Apache-2.0
"""SSAN (Wang et al., CVPR 2022): shuffled style assembly."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.models.batch_norm import counted_twice
from flip_mm.models.domain_discriminator import DomainDiscriminator
from flip_mm.models.needs import Needs, check_domains
from flip_mm.models.sample_fields import domains, labels


def contrast(anchors: Tensor, shuffled: Tensor, same: Tensor) -> Tensor:
    """Compute SSAN's contrastive loss: the mean of -cos for styles of the same class, cos for those of the other.

    Args:
        anchors: (N, d) features of images with their own style; they get no gradient.
        shuffled: (N, d) features of the same images with the style of another.
        same: (N,) bool, whether both images have the same class.

    Returns:
        Scalar in -1..1.

    Example:
        >>> contrast(torch.eye(2), torch.eye(2), torch.tensor([True, True])).item()
        -1.0
    """
    cosines = F.cosine_similarity(anchors.detach(), shuffled)
    return torch.where(same, -cosines, cosines).mean()


@MODELS.register_module()
class SSAN(ImageClassifier):
    r"""Each image's content is assembled with its own style, and with that of another image of the batch.

    .. math:: L = L_{cls} + L_{contrast} + L_{adv}

    :math:`L_{adv}` is the cross entropy of a discriminator of the domains on the mean content. In the release its gradient is
    *not* reversed, because autograd never calls the ``backward`` of its layer: discriminator and backbone minimise it together.

    Args:
        *args: Arguments of MMPretrain's ``ImageClassifier``; the neck is a :class:`~flip_mm.models.StyleAssembly`.
        num_domains: Number of training domains; None takes that of the run.
        grl: Whether the gradient is reversed, as in the paper.
        reversal_iters: Iterations until the gradient reversal is complete: those of the training.
        **kwargs: As ``*args``.

    Raises:
        ValueError: There are fewer than two domains.
    """

    needs = Needs(sources=2)

    def __init__(
        self, *args: Any, num_domains: int | None = None, grl: bool = False, reversal_iters: int = 54000, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        channels = self.neck.fc.in_features
        self.discriminator = DomainDiscriminator(
            channels, check_domains(num_domains, least=2), reversal_iters if grl else None, stds=None
        )

    def loss(self, inputs: Tensor, data_samples: list[DataSample], order: Tensor | None = None) -> dict[str, Tensor]:
        """Compute the losses of a training batch.

        Args:
            inputs: (N, 3, H, W) images of all domains.
            data_samples: N samples.
            order: (N,) permutation: image i is assembled with the style of image ``order[i]``; None draws it.

        Returns:
            ``loss_cls``, ``loss_contrast`` and ``loss_adv``.
        """
        label, domain = labels(data_samples, inputs.device), domains(data_samples, inputs.device)
        order = torch.randperm(len(inputs), device=inputs.device) if order is None else order
        # The release runs these parts a second time on the permuted images, which gives the same maps in another order.
        with counted_twice(self.backbone, self.neck.content_conv):
            feats = self.backbone(inputs)
            content = self.neck.content(feats)
        gamma, beta = self.neck.style(feats)
        anchors = self.neck.assemble(content, (gamma, beta))
        shuffled = self.neck.assemble(content, (gamma[order], beta[order]))
        domain_logits = self.discriminator(content.mean(dim=(2, 3)))
        return dict(
            loss_cls=self.head.loss((anchors,), data_samples)["loss"],
            loss_contrast=contrast(anchors, shuffled, label == label[order]),
            loss_adv=F.cross_entropy(domain_logits, domain),
        )
