# SPDX-License-Identifier: Apache-2.0
"""What the three heads share: the view they take, cross entropy, predictions as MMPretrain's samples."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn


class FLIPHead(BaseModule):
    """A pure function of embeddings, without any tower in it.

    Subclasses define :meth:`forward`, the logits (N, 2), column 0 spoof and column 1 real.

    Args:
        loss: The classification loss on logits (N, 2) and labels (N,).
        init_cfg: mmengine's.

    Attributes:
        image_input (str): Which output of the image tower is classified, ``'features'`` or ``'embeddings'``.
        with_text (bool): Whether the head needs a text tower.
        num_views (int): Views of every image in training.
    """

    image_input = "embeddings"
    with_text = True

    def __init__(self, loss: dict | None = None, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        loss = loss or dict(type="CrossEntropyLoss", loss_weight=1.0)
        self.loss_module: nn.Module = MODELS.build(loss)
        self.num_views = 1

    def loss(
        self, images: Tensor, text: Tensor | None, logit_scale: Tensor | None, samples: list[DataSample]
    ) -> dict[str, Tensor]:
        """Losses of a training batch.

        Args:
            images: (V, N, d) image features or embeddings of the V views.
            text: (P, d_vl) un-normalised embeddings of the head's prompts, None for heads without text.
            logit_scale: (1,), None for heads without text.
            samples: N samples with ``gt_label``.

        Returns:
            ``loss_ce`` and whatever a subclass adds.
        """
        logits = self(images[0], text, logit_scale)
        return dict(loss_ce=self.loss_module(logits, self.labels(samples, logits.device)))

    def predict(
        self,
        image: Tensor,
        text: Tensor | None,
        logit_scale: Tensor | None,
        samples: list[DataSample] | None = None,
    ) -> list[DataSample]:
        """Scores of a batch.

        Args:
            image: (N, d).
            text: As in :meth:`loss`, or the two class embeddings (2, d_vl).
            logit_scale: (1,).
            samples: N samples to fill, None for new ones.

        Returns:
            N samples with ``pred_score`` (2,), probabilities of spoof and real, and ``pred_label``.
        """
        scores = F.softmax(self(image, text, logit_scale).float(), dim=1)
        samples = samples or [DataSample() for _ in scores]
        return [
            sample.set_pred_score(score).set_pred_label(score.argmax().reshape(1))
            for sample, score in zip(samples, scores, strict=True)
        ]

    def switch_to_deploy(self) -> None:
        """Drop what only training needs: nothing here."""

    @staticmethod
    def labels(samples: list[DataSample], device: torch.device) -> Tensor:
        """Labels (N,) int64 of a batch, 0 spoof and 1 real."""
        return torch.cat([sample.gt_label for sample in samples]).to(device)
