# SPDX-License-Identifier: Apache-2.0
"""Deep reconstruction-classification network."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.optim import OptimWrapperDict
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from torch import Tensor
from torch.nn import functional as F

from flip_mm.models.needs import Needs
from flip_mm.models.sample_fields import source_and_target


@MODELS.register_module()
class DRCN(ImageClassifier):
    r"""DRCN (Ghifary et al., ECCV 2016, https://arxiv.org/abs/1607.03516).

    An encoder :math:`f` learns to classify labelled source images and, with a decoder :math:`g`, to restore unlabelled target
    images from noisy ones:

    .. math:: \mathrm{MSE}(g(f(m \odot x_t)), x_t), \qquad \mathrm{CE}(c(f(x_s)), y_s)

    Each loss has its own optimizer, ``autoencoder`` and ``classifier``.

    Args:
        decoder: Config of :class:`~flip_mm.models.DRCNDecoder`.
        keep: Probability that an entry of a target image is kept, not set to 0.
        phase_iters: None: every iteration is one step of reconstruction, then one of classification. N: N iterations
            reconstruct, the next N classify, as the two passes of an epoch in the release.
        trade_off: None: the losses are not weighted, as in the release. A number in 0..1: it multiplies the classification
            loss, and its difference to 1 the reconstruction loss, as in the paper (0.4 to 0.7).
        **kwargs: Those of MMPretrain's ``ImageClassifier``: ``backbone`` a :class:`~flip_mm.models.DRCNEncoder`, a head; the
            data preprocessor must give images in 0..1.

    Attributes:
        iteration (Tensor): Finished iterations, int64.

    Raises:
        ValueError: ``phase_iters`` is below 1, or ``keep`` or ``trade_off`` outside of 0..1.
    """

    needs = Needs(unlabelled=True)

    def __init__(
        self,
        decoder: dict,
        keep: float = 0.5,
        phase_iters: int | None = None,
        trade_off: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if phase_iters is not None and phase_iters < 1:
            raise ValueError(f"model.phase_iters must be None or a whole number above 0, got {phase_iters!r}.")
        for name, value in (("keep", keep), ("trade_off", 0.5 if trade_off is None else trade_off)):
            if not 0 <= value <= 1:
                raise ValueError(f"model.{name} must be in 0..1, got {value!r}.")
        self.decoder = MODELS.build(decoder)
        self.keep, self.phase_iters = keep, phase_iters
        self.weights = (1.0, 1.0) if trade_off is None else (1 - trade_off, trade_off)
        self.register_buffer("iteration", torch.zeros((), dtype=torch.long))

    def train_step(self, data: dict, optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        """Update the auto-encoder on the target images and the classifier on the source images, or the one of this phase."""
        data = self.data_preprocessor(data, True)
        source, labels, target = source_and_target(**data)
        terms = {}
        if self._is_due(0):
            with optim_wrapper["autoencoder"].optim_context(self):
                terms["loss_reconstruction"] = self.weights[0] * self.reconstruction(target)
            optim_wrapper["autoencoder"].update_params(terms["loss_reconstruction"])
        if self._is_due(1):
            with optim_wrapper["classifier"].optim_context(self):
                terms["loss_classification"] = self.weights[1] * F.cross_entropy(self(source), labels)
            optim_wrapper["classifier"].update_params(terms["loss_classification"])
        self.iteration += 1
        return dict(terms, loss=sum(terms.values()))

    def reconstruction(self, images: Tensor) -> Tensor:
        """Return the error of restoring images (N, 3, H, W)."""
        noisy = images * torch.bernoulli(torch.full_like(images, self.keep))
        (codes,) = self.backbone(noisy, dropout=False)
        return F.mse_loss(self.decoder(codes), images)

    def _is_due(self, phase: int) -> bool:
        """Whether this iteration has a step of phase 0 or 1."""
        return self.phase_iters is None or self.iteration.item() // self.phase_iters % 2 == phase
