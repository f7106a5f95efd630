# SPDX-License-Identifier: Apache-2.0
"""Pretrain a vision-language backbone on images with captions, as CLIP."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.dist import get_rank, get_world_size
from mmengine.model import BaseModel
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from open_clip import ClipLoss
from torch import Tensor
from torch.nn import functional as F

from flip_mm.models.backbones.base import VisionLanguageBackbone

# As in CLIP: a higher inverse temperature makes the training unstable.
MAX_SCALE = 100.0


@MODELS.register_module()
class CLIPPretraining(BaseModel):
    """Contrastive pretraining of both towers (CLIP, https://arxiv.org/abs/2103.00020).

    The loss is open_clip's ``ClipLoss``: in a batch of N pairs, the mean cross entropy of finding the caption of each image and
    the image of each caption. ``model.backbone.pretrained=FILE`` of the other methods reads a checkpoint of such a training.

    Args:
        backbone: A :class:`~flip_mm.models.VisionLanguageBackbone` with a text tower, for instance
            :class:`~flip_mm.models.OpenCLIP`.
        data_preprocessor: See :class:`~flip_mm.models.FASDataPreprocessor`. Use the normalisation of the later training.
        init_cfg: mmengine's.

    Raises:
        ValueError: The backbone has no text tower.
    """

    def __init__(self, backbone: dict, data_preprocessor: dict | None = None, init_cfg: dict | None = None) -> None:
        super().__init__(MODELS.build({"type": "FASDataPreprocessor", **(data_preprocessor or {})}), init_cfg)
        self.backbone = MODELS.build(backbone)
        if not isinstance(self.backbone, VisionLanguageBackbone) or getattr(self.backbone, "text_tower", None) is None:
            raise ValueError("model.backbone: CLIPPretraining needs a vision-language backbone with text=True.")
        # All processes' pairs are in the loss, and their gradients reach every process.
        self.criterion = ClipLoss(local_loss=True, gather_with_grad=True, rank=get_rank(), world_size=get_world_size())

    def forward(self, inputs: Tensor, data_samples: list[DataSample] | None = None, mode: str = "tensor") -> Any:
        """Run one of MMPretrain's modes. ``'tensor'`` returns the image embeddings (N, d_vl), not normalised.

        Raises:
            ValueError: The mode is none of MMPretrain's.
        """
        if mode == "tensor":
            return self.backbone.encode_image(inputs)[1]
        if mode == "loss":
            return self.loss(inputs, data_samples)
        if mode == "predict":
            return self.predict(inputs, data_samples)
        raise ValueError(f"mode must be 'tensor', 'loss' or 'predict', got {mode!r}.")

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Compute the loss of N pairs.

        Args:
            inputs: (N, 3, H, W), normalised.
            data_samples: N samples with ``gt_caption``.

        Returns:
            ``loss``; log(N) for random embeddings, with several processes log of the number of all pairs.
        """
        return {"loss": self.criterion(*self._embeddings(inputs, data_samples), self._scale())}

    def predict(self, inputs: Tensor, data_samples: list[DataSample]) -> list[DataSample]:
        """Find the caption of each image among those of the batch.

        MMPretrain's ``Accuracy`` then gives the share of images with their own caption first; by chance it is 1/N. The batches
        of a validation must have the same size.

        Args:
            inputs: (N, 3, H, W), normalised.
            data_samples: N samples with ``gt_caption``.

        Returns:
            The samples with ``gt_label`` (1,), the number in the batch, ``pred_score`` (N,) and ``pred_label`` (1,).
        """
        images, texts = self._embeddings(inputs, data_samples)
        scores = (self._scale() * images @ texts.T).softmax(dim=1)
        for number, (sample, score) in enumerate(zip(data_samples, scores, strict=True)):
            sample.set_gt_label(number).set_pred_score(score).set_pred_label(score.argmax())
        return data_samples

    def _embeddings(self, inputs: Tensor, data_samples: list[DataSample]) -> tuple[Tensor, Tensor]:
        """L2-normalised embeddings of images and captions, (N, d_vl) each."""
        captions = [sample.gt_caption for sample in data_samples]
        _, images = self.backbone.encode_image(inputs)
        return F.normalize(images, dim=1), F.normalize(self.backbone.encode_text(captions), dim=1)

    def _scale(self) -> Tensor:
        return torch.clamp(self.backbone.logit_scale.exp(), max=MAX_SCALE)
