# SPDX-License-Identifier: Apache-2.0
"""DR-UDA: ADA with a centre loss and a reconstruction of target images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.optim import OptimWrapperDict
from mmpretrain.registry import MODELS
from sklearn.cluster import KMeans
from torch import Tensor

from .adda import ADDA


@MODELS.register_module()
class DRUDA(ADDA):
    """Unsupervised adversarial domain adaptation with disentangled representation (Wang et al., TIFS 2020).

    In addition to the steps of :class:`ADDA`, there are steps on target images with two losses. The centre loss is the squared
    distance of an embedding to the nearest of the two centres of the source embeddings in the head's memory (k-means); only
    the neck learns from it. The reconstruction is the mean squared error of the decoder's image.

    Args:
        decoder: :class:`~flip_mm.models.DeconvDecoder` on the last feature map of the target encoder.
        phases: Numbers of steps with the adversarial losses, with the centre loss and with the reconstruction, one phase after
            the other, repeatedly: the epochs that comments of the release describe. None: all losses in one update.
        centre_weight: Factor of the centre loss.
        reconstruction_weight: Factor of the reconstruction of target images.
        source_reconstruction_weight: Factor of the reconstruction of source images; 0 in the release.
        **kwargs: Arguments of :class:`ADDA`.

    Attributes:
        steps (Tensor): Steps so far, int64.
        centres (Tensor): (2, D); not a number until the first centre loss.

    Raises:
        ValueError: ``phases`` are not three numbers with a sum above 0.
    """

    def __init__(
        self,
        decoder: dict,
        phases: Sequence[int] | None = (100, 100, 100),
        centre_weight: float = 1.0,
        reconstruction_weight: float = 0.3,
        source_reconstruction_weight: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if phases is not None and (len(phases) != 3 or min(phases) < 0 or sum(phases) < 1):
            raise ValueError(f"DRUDA: phases must be None or three numbers of steps, got {phases!r}.")
        if self.simultaneous:
            raise ValueError("DRUDA: simultaneous=True is for ADDA; remove it.")
        self.decoder, self.phases = MODELS.build(decoder), phases
        self.centre_weight, self.reconstruction_weight = centre_weight, reconstruction_weight
        self.source_reconstruction_weight = source_reconstruction_weight
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        self.register_buffer("centres", torch.full((2, self.neck.channels[-1]), torch.nan))

    def train_step(self, data: dict, optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        """Update the parts that belong to this step's phase, with the optimizers ``critic`` and ``target``."""
        source, target = self.split(data)
        due, losses, terms = self._due(), {}, {}
        if due[0]:
            losses["loss_critic"] = self.critic_step(source, target, optim_wrapper["critic"])
        with optim_wrapper["target"].optim_context(self):
            if due[0]:
                terms["loss_target"] = self.deceiving_loss(target)
            if due[1]:
                terms["loss_centre"] = self.centre_weight * self.centre_loss(target)
            if due[2]:
                terms["loss_reconstruction"] = self.reconstruction_loss(source, target)
            total = sum(terms.values())
        optim_wrapper["target"].update_params(total)
        optim_wrapper.zero_grad()
        self.steps += 1
        losses |= {name: term.detach() for name, term in terms.items()}
        return dict(losses, loss=sum(losses.values()))

    def centre_loss(self, target: Tensor) -> Tensor:
        """Return the mean squared distance of embeddings to their nearest centre; the backbone gets no gradient."""
        if self.centres.isnan().any():
            memory = self.head.remembered()[0].double().cpu().numpy()
            self.centres.copy_(torch.from_numpy(KMeans(2, n_init=10, random_state=0).fit(memory).cluster_centers_))
        embeddings = self.neck(tuple(map(torch.detach, self.backbone(target))))[-1]
        return (embeddings[:, None] - self.centres).square().sum(-1).amin(1).mean()

    def reconstruction_loss(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the weighted mean squared errors of the decoder's images."""
        loss = self.reconstruction_weight * F.mse_loss(self.decoder(self.backbone(target)[-1]), target)
        if self.source_reconstruction_weight:
            images = self.decoder(self.backbone(source)[-1])
            loss = loss + self.source_reconstruction_weight * F.mse_loss(images, source)
        return loss

    def _due(self) -> tuple[bool, bool, bool]:
        """Whether this step has the adversarial losses, the centre loss, the reconstruction."""
        if self.phases is None:
            return True, True, True
        first, second, third = self.phases
        step = self.steps.item() % (first + second + third)
        return step < first, first <= step < first + second, step >= first + second
