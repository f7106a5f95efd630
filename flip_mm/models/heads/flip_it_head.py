# SPDX-License-Identifier: Apache-2.0
"""The head of FLIP-IT: compares the image embedding with the mean prompt embedding of each class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor

from flip_mm.labels import CLASSES
from flip_mm.models.precision import widen
from flip_mm.models.prompts.build import build_prompts
from flip_mm.models.prompts.class_prompts import ClassPrompts
from flip_mm.models.prompts.prompt_split import SPLITS, split_prompts

from .base import FLIPHead


@MODELS.register_module()
class FLIPITHead(FLIPHead):
    r"""Cosine similarity to the prompt ensemble of each class (FLIP section 3.2).

    .. math:: logit_c = \exp(s) \cos(x, \bar z_c), \qquad \bar z_c = \mathrm{mean}_k\, z_{c,k}

    with CLIP's learnable scalar s. The mean is over text embeddings that are *not* normalised, as in the released code.

    Args:
        prompts: ``dict(real=[...], spoof=[...])``, or the config of another prompt component (:mod:`flip_mm.models.prompts`).
            The classes may have different numbers of prompts, unless a loss needs views of the prompts.
        in_channels: d_vl; :class:`~flip_mm.models.FLIP` sets it from the backbone.
        normalize_prompts: Normalise each prompt embedding before averaging, as in CLIP's zero-shot classification.
        max_logit_scale: Upper bound of exp(s); None (released): no bound. CLIP's training uses 100.
        prompt_split: How a loss draws two views of the prompts, ``'released'`` or ``'paper'``, see
            :func:`~flip_mm.models.prompts.prompt_split.split_prompts`.
        **kwargs: Arguments of :class:`FLIPHead`.

    Attributes:
        class_prompts (ClassPrompts | None): The prompt component; None in a deployed model.
        prompts (list[str]): Its sentences, those of spoof first.

    Raises:
        ValueError: A class has no prompts; the numbers of prompts differ and a loss needs views of them; ``prompt_split`` is
            unknown; or ``max_logit_scale`` is not positive.
    """

    def __init__(
        self,
        prompts: Mapping[str, Any],
        in_channels: int | None = None,
        normalize_prompts: bool = False,
        max_logit_scale: float | None = None,
        prompt_split: str = "released",
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, **kwargs)
        self.use_prompts(build_prompts(prompts))
        self.normalize_prompts = normalize_prompts
        if max_logit_scale is not None and not max_logit_scale > 0:
            raise ValueError(f"model.head.max_logit_scale must be above 0 or None, got {max_logit_scale}.")
        self.max_logit_scale = max_logit_scale
        if prompt_split not in SPLITS:
            raise ValueError(f"model.head.prompt_split must be one of {SPLITS}, got {prompt_split!r}.")
        self.prompt_split = prompt_split

    def use_prompts(self, prompts: ClassPrompts) -> None:
        """Set the prompt component.

        Raises:
            ValueError: A term needs views of the prompts, but the classes have different numbers of prompts, or the prompts
                depend on the image.
        """
        splitting = [name for name, term in self.losses.items() if getattr(term, "needs_text_views", False)]
        if splitting and len(set(prompts.counts)) > 1:
            spoof, real = prompts.counts
            raise ValueError(
                f"model.head.prompts has {spoof} prompts for 'spoof' and {real} for 'real': give both classes the same number, "
                f"because the loss '{splitting[0]}' splits the prompts of a class into two views."
            )
        if splitting and prompts.image_conditioned:
            raise ValueError(
                f"model.head.prompts depend on the image, but the loss '{splitting[0]}' needs prompts that do not."
            )
        self.class_prompts = prompts
        self.prompts = prompts.sentences

    def class_embeddings(self, text: Tensor) -> Tensor:
        """Return l2-normalised class embeddings (2, d), spoof and real; (N, 2, d) for prompts that depend on the image.

        Args:
            text: Prompt embeddings (P, d) or (N, P, d), or class embeddings (2, d).
        """
        if self.normalize_prompts:
            text = F.normalize(text, dim=-1)
        if self.class_prompts is None or len(set(self.class_prompts.counts)) == 1 or text.shape[-2] == len(CLASSES):
            means = text.unflatten(-2, (len(CLASSES), -1)).mean(dim=-2)
        else:
            means = torch.stack([prompts.mean(dim=-2) for prompts in text.split(self.class_prompts.counts, dim=-2)], dim=-2)
        return F.normalize(means, dim=-1)

    def average_prompts(
        self, text: Tensor, labels: Tensor, prompt_views: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return two views of the prompts for every sample: means over prompts of its class, not normalised.

        Args:
            text: (P, d), K prompts for each class.
            labels: (N,) int64.
            prompt_views: Two (N, K) matrices with rows that sum to 1; None draws them by ``prompt_split``.

        Returns:
            (N, d) twice.
        """
        views = prompt_views or split_prompts(len(labels), self.class_prompts.counts[0], self.prompt_split)
        prompts = text.unflatten(0, (len(CLASSES), -1))[labels]
        first, second = (torch.einsum("nk,nkd->nd", view.to(prompts), prompts) for view in views)
        return first, second

    def switch_to_deploy(self) -> None:
        """Delete the prompt component and the parts that only training uses; class embeddings replace the prompts.

        Raises:
            ValueError: The prompts depend on the image.
        """
        if self.class_prompts.image_conditioned:
            raise ValueError(f"{type(self.class_prompts).__name__} depends on the image: such a model cannot be deployed.")
        super().switch_to_deploy()
        del self.class_prompts
        self.class_prompts = None

    def pre_logits(self, image: Tensor, text: Tensor | None = None) -> Tensor:
        """Return the l2-normalised image embedding (N, d)."""
        return F.normalize(image, dim=-1)

    def forward(self, image: Tensor, text: Tensor, logit_scale: Tensor) -> Tensor:
        """Return the logits (N, 2) of image embeddings (N, d).

        Args:
            image: (N, d), not normalised.
            text: As in :meth:`class_embeddings`.
            logit_scale: (1,), s.

        Returns:
            (N, 2), columns spoof and real; float32 under autocast.
        """
        # In half precision, cosines times 100 would give only about a hundred distinct scores.
        with torch.autocast(image.device.type, enabled=False):
            scale = widen(logit_scale).exp()
            if self.max_logit_scale is not None:
                scale = scale.clamp(max=self.max_logit_scale)
            scaled, classes = scale * self.pre_logits(widen(image)), self.class_embeddings(widen(text))
            return scaled @ classes.T if classes.ndim == 2 else torch.einsum("nd,ncd->nc", scaled, classes)
