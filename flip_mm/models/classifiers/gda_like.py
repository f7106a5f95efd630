# SPDX-License-Identifier: Apache-2.0
"""A method like GDA: target images get the style of the sources, for a frozen source model."""

from __future__ import annotations

from typing import Any

import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor
from torch.nn import functional as F

from flip_mm.models import sample_fields
from flip_mm.models.losses.batch_norm_statistics import batch_norm_statistics
from flip_mm.models.losses.entropy_loss import mean_entropy
from flip_mm.models.losses.spectrum import mix_spectra, phase_consistency
from flip_mm.models.needs import Needs
from flip_mm.models.rgb_to_hsv import append_hsv

from .depth_classifier import DepthClassifier, two_logits

CONSISTENCIES = ("scores", "images")
FROZEN = ("backbone", "embedder", "depth_estimator", "perceptual")


@MODELS.register_module()
class GDALike(DepthClassifier):
    r"""Generative domain adaptation (after Zhou et al., ECCV 2022), from a description; forms and weights are choices.

    The source model is trained before, by :class:`~flip_mm.models.DepthBaseline`, and frozen. A generator G is trained on
    unlabelled target images x alone; a prediction is that of the source model on G(x). The loss is the weighted sum of

    - the distances of the BatchNorm statistics of G(x) from the running ones, see
      :func:`~flip_mm.models.losses.batch_norm_statistics.batch_norm_statistics`;
    - the mean squared difference of feature maps of x and G(x), the perceptual distance;
    - :func:`~flip_mm.models.losses.spectrum.phase_consistency` of x and G(x);
    - the mean entropy of the predictions on G(x);
    - the mean squared difference of the predictions on G(x) and G(x'), x' the spectrum mixup of x with another target image by
      a share from U(0, ``largest_share``).

    Args:
        generator: For instance :class:`~flip_mm.models.StyleUNet`; RGB in 0..1 to RGB in 0..1.
        statistics_weight: Weight of the first loss.
        perceptual_weight: Weight of the second one.
        phase_weight: Weight of the third one.
        entropy_weight: Weight of the fourth one.
        consistency_weight: Weight of the fifth one.
        largest_share: :math:`\eta` of the mixup.
        consistency: ``'scores'``, or ``'images'`` to compare G(x) and G(x') themselves.
        perceptual: A backbone with ImageNet weights for the perceptual distance; None: the maps of the source model.
        hsv: The source model takes RGB and HSV: HSV is computed from G(x).
        kwargs: As for :class:`DepthClassifier`, those of the source model.

    Raises:
        ValueError: ``consistency`` is none of these.
    """

    needs = Needs(unlabelled=True)

    def __init__(
        self,
        *,
        generator: dict,
        statistics_weight: float = 1.0,
        perceptual_weight: float = 1.0,
        phase_weight: float = 1.0,
        entropy_weight: float = 0.1,
        consistency_weight: float = 1.0,
        largest_share: float = 0.5,
        consistency: str = "scores",
        perceptual: dict | None = None,
        hsv: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if consistency not in CONSISTENCIES:
            raise ValueError(f"model.consistency must be 'scores' or 'images', got {consistency!r}.")
        self.loss_weights = dict(
            statistics=statistics_weight,
            perceptual=perceptual_weight,
            phase=phase_weight,
            entropy=entropy_weight,
            consistency=consistency_weight,
        )
        self.largest_share, self.consistency, self.hsv = largest_share, consistency, hsv
        self.generator = MODELS.build(generator)
        self.perceptual = None if perceptual is None else MODELS.build(perceptual)
        # The optimizer leaves these parts out.
        self.frozen = [name for name, _ in self.named_children() if name in FROZEN]
        for name in self.frozen:
            getattr(self, name).requires_grad_(False)

    def train(self, mode: bool = True) -> GDALike:
        """Set the mode of the generator; all other parts stay in evaluation mode, with their running statistics."""
        super().train(mode)
        for name in self.frozen:
            getattr(self, name).eval()
        return self

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the source model's maps of the generated images of RGB images (N, 3, H, W) in 0..1."""
        return self.source_maps(self.generator(inputs))

    def source_maps(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the source model's maps of all stages and those for the embedder, of RGB images."""
        return super().extract_feat(append_hsv(images) if self.hsv else images)

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Compute the losses of the generator from the unlabelled images of a batch.

        Args:
            inputs: (N, 3, H, W), RGB in 0..1.
            data_samples: N samples with ``role``.

        Returns:
            ``loss_{statistics,perceptual,phase,entropy,consistency}``, weighted.

        Raises:
            ValueError: There are no unlabelled images.
        """
        x = inputs[~sample_fields.is_source(data_samples, inputs.device)]
        generated = self.generator(x)
        with batch_norm_statistics(self) as distances:
            every, embedded = self.source_maps(generated)
            logits = two_logits(self.embedder(embedded)[1])
        statistics = sum(distances)
        share = self.largest_share * torch.rand(len(x), device=x.device, dtype=x.dtype)
        other = self.generator(mix_spectra(x, x[torch.randperm(len(x))], share).clamp(0, 1))
        if self.consistency == "images":
            consistency = F.mse_loss(other, generated)
        else:
            mixed = two_logits(self.embedder(self.source_maps(other)[1])[1])
            consistency = F.mse_loss(mixed.softmax(dim=1), logits.softmax(dim=1))
        terms = dict(
            statistics=statistics,
            perceptual=self._perceptual_distance(x, generated, every),
            phase=phase_consistency(x, generated),
            entropy=mean_entropy(logits),
            consistency=consistency,
        )
        return {f"loss_{name}": self.loss_weights[name] * term for name, term in terms.items()}

    def _perceptual_distance(self, x: Tensor, generated: Tensor, maps: Tensor) -> Tensor:
        """Mean squared difference of the feature maps of x and G(x); ``maps`` are those of G(x) from the source model."""
        with torch.no_grad():
            wanted = self.source_maps(x)[0] if self.perceptual is None else self.perceptual(x)[-1]
        return F.mse_loss(maps if self.perceptual is None else self.perceptual(generated)[-1], wanted)
