# SPDX-License-Identifier: Apache-2.0
"""FLIP-IT: image embedding against the averaged prompts of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor

from flip_mm.labels import CLASSES
from flip_mm.models.precision import widen
from flip_mm.models.prompts.fixed_prompts import flatten_prompts

from .base import FLIPHead


@MODELS.register_module()
class FLIPITHead(FLIPHead):
    r"""Cosine similarity to the prompt ensemble of each class (FLIP section 3.2).

    .. math:: logit_c = \exp(s) \cos(x, \bar z_c), \qquad \bar z_c = \mathrm{mean}_k\, z_{c,k}

    with CLIP's own learnable scalar s. The mean is over *un-normalised* text embeddings, as in the released code.

    Args:
        prompts: ``dict(real=[...], spoof=[...])``, K sentences each.
        normalize_prompts: Normalise each prompt embedding before averaging, CLIP's own zero-shot recipe.
        max_logit_scale: Upper bound of exp(s); None (released) leaves it free, CLIP's training uses 100.
        loss: Classification loss.
        init_cfg: mmengine's.

    Attributes:
        prompts (list[str]): The P = 2 K sentences, spoof's first.

    Raises:
        ValueError: The prompts lack a class, hold an empty one, or differ in number.
    """

    def __init__(
        self,
        prompts: Mapping[str, Sequence[str]],
        normalize_prompts: bool = False,
        max_logit_scale: float | None = None,
        loss: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(loss, init_cfg)
        self.prompts = flatten_prompts(prompts)
        self.normalize_prompts = normalize_prompts
        if max_logit_scale is not None and not max_logit_scale > 0:
            raise ValueError(f"model.head.max_logit_scale must be above 0 or None, got {max_logit_scale}.")
        self.max_logit_scale = max_logit_scale

    @property
    def prompts_per_class(self) -> int:
        """K."""
        return len(self.prompts) // len(CLASSES)

    def class_embeddings(self, text: Tensor) -> Tensor:
        """Prompt embeddings (P, d), or the two class embeddings -> l2-normalised class embeddings (2, d), spoof and real."""
        if self.normalize_prompts:
            text = F.normalize(text, dim=-1)
        means = text.reshape(len(CLASSES), -1, text.shape[-1]).mean(dim=1)
        return F.normalize(means, dim=-1)

    def pre_logits(self, image: Tensor, text: Tensor | None = None) -> Tensor:
        """L2-normalised image embedding (N, d)."""
        return F.normalize(image, dim=-1)

    def forward(self, image: Tensor, text: Tensor, logit_scale: Tensor) -> Tensor:
        """Logits (N, 2) of image embeddings (N, d).

        Args:
            image: (N, d), not normalised.
            text: Prompt embeddings (P, d), or the two class embeddings (2, d).
            logit_scale: (1,), s.

        Returns:
            (N, 2) float32 under autocast, columns spoof and real.
        """
        # Cosines times 100 in half precision would leave a hundred distinct scores.
        with torch.autocast(image.device.type, enabled=False):
            scale = widen(logit_scale).exp()
            if self.max_logit_scale is not None:
                scale = scale.clamp(max=self.max_logit_scale)
            return scale * self.pre_logits(widen(image)) @ self.class_embeddings(widen(text)).T
