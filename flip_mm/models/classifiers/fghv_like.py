# SPDX-License-Identifier: Apache-2.0
"""After FGHV (Liu et al., AAAI 2022): feature generation and hypothesis verification."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from flip_mm.models.precision import widen
from flip_mm.models.sample_fields import labels

from .logits_classifier import LogitsClassifier


@MODELS.register_module()
class FGHVLike(LogitsClassifier):
    r"""Verify a face by generated features of real faces and of known attacks; the paper's formulas are not public.

    Two networks generate features of real faces, :math:`G_1(z)`, and of attacks, :math:`G_0(z)`, from :math:`z \sim N(0, I)`.
    A feature :math:`f` has the mean cosine :math:`c_y` to the hypotheses of class y, and a latent :math:`u(f)`.

    .. math:: L = CE(s [c_0, c_1], y) + \sum_y \lfloor \sigma(\hat f_y) - \sigma(\hat G_y) \rfloor
        + L_{Gauss}(u_1) + \lfloor m - \overline{u_0^2} \rfloor + \overline{(u(G_1(z)) - z)^2}

    These stand for the relative correlation, the variance and the distribution discrimination constraint: hypotheses are at
    least as different as the features of the batch (unit vectors, standard deviation of each channel), latents of real faces
    have mean 0 and deviation 1 in a batch, those of attacks are far away. The score is the mean of two probabilities: softmax
    of :math:`s [c_0, c_1]`, and the sigmoid of :math:`(1 + m) / 2 - \overline{u^2}`.

    Args:
        backbone: :class:`~flip_mm.models.DepthNet`.
        embedder: :class:`~flip_mm.models.DepthEmbedder` without a hidden layer; its ``out_channels`` are the width of z.
        hypotheses: Generated features of each class in a step and in a test.
        scale: :math:`s`.
        margin: :math:`m`, above 1.
        variance_weight: Factor of the second term.
        distribution_weight: Factor of the last three terms.
        data_preprocessor: Of images in RGB and HSV.
        init_cfg: mmengine's.

    Raises:
        ValueError: ``margin`` is not above 1.
    """

    def __init__(
        self,
        backbone: dict,
        embedder: dict,
        hypotheses: int = 32,
        scale: float = 10.0,
        margin: float = 4.0,
        variance_weight: float = 1.0,
        distribution_weight: float = 0.1,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg, data_preprocessor)
        if margin <= 1:
            raise ValueError(f"model.margin={margin} must be above 1, the mean square of the latents of real faces.")
        self.scale, self.margin = scale, margin
        self.variance_weight, self.distribution_weight = variance_weight, distribution_weight
        self.backbone, self.embedder = MODELS.build(backbone), MODELS.build(embedder)
        latent, width = self.embedder.fc.out_features, self.embedder.fc.in_features
        self.generators = nn.ModuleList(
            nn.Sequential(nn.Linear(latent, width), nn.ReLU(), nn.Linear(width, width)) for _ in ("spoof", "real")
        )
        # The hypotheses of a test.
        self.register_buffer("noise", torch.randn(hypotheses, latent))

    def embed(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (N, d) and latents (N, l) of images (N, C, H, W)."""
        return self.embedder(self.backbone(inputs)[-1])

    def verification(self, features: Tensor, hypotheses: list[Tensor]) -> Tensor:
        """Return the scaled mean cosines (N, 2) of features (N, d) to the hypotheses (M, d) of spoof and real."""
        with torch.autocast(features.device.type, enabled=False):
            units = F.normalize(widen(features))
            return self.scale * torch.stack([units @ F.normalize(widen(own)).mean(dim=0) for own in hypotheses], dim=1)

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return ``loss_verification``, ``loss_variance`` and ``loss_distribution`` of images (N, C, H, W) of both classes."""
        label = labels(data_samples, inputs.device)
        features, latents = self.embed(inputs)
        z = torch.randn_like(self.noise)
        hypotheses = [generate(z) for generate in self.generators]
        real, spoof = latents[label == 1], latents[label == 0]
        gauss = real.mean(dim=0).square().mean() + (real.std(dim=0, correction=0) - 1).square().mean()
        far = F.relu(self.margin - spoof.square().mean(dim=1)).mean()
        inverse = F.mse_loss(self.embedder.fc(hypotheses[1]), z)
        variance = sum(F.relu(_spread(features[label == y]).detach() - _spread(own)).mean() for y, own in enumerate(hypotheses))
        return dict(
            loss_verification=F.cross_entropy(self.verification(features, hypotheses), label),
            loss_variance=self.variance_weight * variance,
            loss_distribution=self.distribution_weight * (gauss + far + inverse),
        )

    def probabilities(self, inputs: Tensor) -> Tensor:
        """Return the probabilities (N, 2) of spoof and real of images (N, C, H, W)."""
        features, latents = self.embed(inputs)
        verified = self.verification(features, [generate(self.noise) for generate in self.generators]).softmax(dim=1)
        typical = torch.sigmoid((1 + self.margin) / 2 - widen(latents).square().mean(dim=1))
        return (verified + torch.stack([1 - typical, typical], dim=1)) / 2

    def logits(self, inputs: Tensor) -> Tensor:
        """Return the logarithms of the probabilities (N, 2) of spoof and real."""
        return self.probabilities(inputs).log()


def _spread(features: Tensor) -> Tensor:
    """Standard deviation (d,) of the unit vectors of features (N, d)."""
    return F.normalize(features).std(dim=0, correction=0)
