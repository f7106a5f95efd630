# SPDX-License-Identifier: Apache-2.0
"""Learning generalised spoof cues."""

from __future__ import annotations

from typing import Any

import torch
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn
from torch.nn import functional as F

from flip_mm.labels import REAL
from flip_mm.models import sample_fields
from flip_mm.models.losses import batch_all_triplet
from flip_mm.models.needs import Needs


@MODELS.register_module()
class LGSC(ImageClassifier):
    r"""LGSC (Feng et al., 2020, https://arxiv.org/abs/2005.03922).

    A U-Net predicts a cue :math:`q` of spoofing for each pixel, which must be 0 for real faces; a second network classifies the
    image plus its cue. :math:`f_0 \dots f_4` are the means of the maps of the U-Net:

    .. math:: L = 5 \mathrm{CE}(c(x + q), y) + 5 \overline{|q|}_{y = 1} + \sum_l L_\mathrm{triplet}(f_l)

    The triplets have two real images and a spoof one. A test of the release uses the cue alone: the score of "real" is
    :math:`1 - \overline{|q|}`.

    Args:
        auxiliary: Config of the network that classifies image and cue.
        margin: Margin of the triplets of unit vectors.
        classification_weight: Weight of the cross entropy.
        cue_weight: Weight of the cues of real faces.
        triplet_weight: Weight of the triplets.
        dropout: Probability of dropping a feature of ``auxiliary``.
        score: ``"cue"`` as released, or ``"classifier"``, the probabilities of the second network.
        **kwargs: Those of MMPretrain's ``ImageClassifier``: ``backbone`` a :class:`~flip_mm.models.StemResNet`, ``neck`` a
            :class:`~flip_mm.models.CueDecoder`, ``head`` a linear one for ``auxiliary``.

    Raises:
        ValueError: ``score`` has another value.
    """

    needs = Needs()

    def __init__(
        self,
        auxiliary: dict,
        margin: float = 0.5,
        classification_weight: float = 5.0,
        cue_weight: float = 5.0,
        triplet_weight: float = 1.0,
        dropout: float = 0.5,
        score: str = "cue",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if score not in ("cue", "classifier"):
            raise ValueError(f"model.score must be 'cue' or 'classifier', got {score!r}.")
        self.score = score
        self.auxiliary = MODELS.build(auxiliary)
        self.dropout = nn.Dropout(dropout)
        self.margin, self.classification_weight = margin, classification_weight
        self.cue_weight, self.triplet_weight = cue_weight, triplet_weight

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return the losses of images (N, 3, H, W)."""
        return self.losses(inputs, sample_fields.labels(data_samples, inputs.device))

    def losses(self, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Return the losses of images (N, 3, H, W) with labels (N,)."""
        *maps, cue = self.extract_feat(images)
        logits = self.classify(images, cue)
        real = labels == REAL
        entries = real.sum() * cue[0].numel()
        # A label of its own for each spoof image: they are no positives of each other.
        groups = labels.where(real, -1 - torch.arange(len(labels), device=labels.device))
        triplets = [batch_all_triplet(F.normalize(one.mean((2, 3))), groups, self.margin) for one in maps]
        return dict(
            loss_classification=self.classification_weight * F.cross_entropy(logits, labels),
            loss_cue=self.cue_weight * cue[real].abs().sum() / (entries + 1e-8),
            loss_triplet=self.triplet_weight * sum(triplets),
        )

    def classify(self, images: Tensor, cue: Tensor) -> Tensor:
        """Return the second network's logits (N, 2) of images (N, 3, H, W) and their cues."""
        return self.head((self.dropout(self.auxiliary(images + cue)[-1].mean((2, 3))),))

    def predict(self, inputs: Tensor, data_samples: list[DataSample] | None = None, **kwargs: Any) -> list[DataSample]:
        """Return samples with the scores of spoof and real."""
        return sample_fields.with_scores(self(inputs).softmax(1), data_samples)

    def forward(self, inputs: Tensor, data_samples: list[DataSample] | None = None, mode: str = "tensor") -> Any:
        """Do what MMPretrain's ``ImageClassifier`` does; the logits of ``mode="tensor"`` are logarithms of the scores."""
        if mode != "tensor":
            return super().forward(inputs, data_samples, mode)
        cue = self.extract_feat(inputs)[-1]
        if self.score == "classifier":
            return self.classify(inputs, cue)
        spoof = cue.abs().mean((1, 2, 3))
        return torch.stack([spoof, 1 - spoof], 1).clamp(min=torch.finfo(spoof.dtype).tiny).log()
