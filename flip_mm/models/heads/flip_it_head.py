# SPDX-License-Identifier: Apache-2.0
"""FLIP-IT: image embedding against the averaged prompts of each class."""

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

    with CLIP's own learnable scalar s. The mean is over *un-normalised* text embeddings, as in the released code.

    Args:
        prompts: ``dict(real=[...], spoof=[...])``, or the config of another prompt component (:mod:`flip_mm.models.prompts`).
            The classes may have different numbers of prompts, unless a loss takes views of the prompts.
        in_channels: d_vl, filled in from the backbone by :class:`~flip_mm.models.FLIP`.
        normalize_prompts: Normalise each prompt embedding before averaging, CLIP's own zero-shot recipe.
        max_logit_scale: Upper bound of exp(s); None (released) leaves it free, CLIP's training uses 100.
        prompt_split: How a loss draws two views of the prompts, ``'released'`` or ``'paper'``, see
            :func:`~flip_mm.models.prompts.prompt_split.split_prompts`.
        **kwargs: Those of :class:`FLIPHead`.

    Attributes:
        class_prompts (ClassPrompts | None): The prompt component; None once deployed.
        prompts (list[str]): Its sentences, spoof's first.

    Raises:
        ValueError: The prompts lack a class, hold an empty one, or differ in number where a loss takes views of them;
            ``prompt_split`` is unknown, or ``max_logit_scale`` is not positive.
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
        """Take another prompt component.

        Raises:
            ValueError: A term takes views of the prompts, and the classes have different numbers of them or they depend on the
                image.
        """
        splitting = [name for name, term in self.losses.items() if getattr(term, "needs_text_views", False)]
        if splitting and len(set(prompts.counts)) > 1:
            spoof, real = prompts.counts
            raise ValueError(
                f"model.head.prompts has {spoof} prompts for 'spoof' and {real} for 'real': give both classes the same number, "
                f"because the loss '{splitting[0]}' splits the prompts of a class in two."
            )
        if splitting and prompts.image_conditioned:
            raise ValueError(
                f"model.head.prompts depend on the image, and the loss '{splitting[0]}' needs prompts that do not."
            )
        self.class_prompts = prompts
        self.prompts = prompts.sentences

    def class_embeddings(self, text: Tensor) -> Tensor:
        """L2-normalised class embeddings (2, d), spoof and real; (N, 2, d) of prompts that depend on the image.

        Args:
            text: Prompt embeddings (P, d) or (N, P, d), or the class embeddings (2, d) themselves.
        """
        if self.normalize_prompts:
            text = F.normalize(text, dim=-1)
        if self.class_prompts is None or len(set(self.class_prompts.counts)) == 1 or text.shape[-2] == len(CLASSES):
            means = text.unflatten(-2, (len(CLASSES), -1)).mean(dim=-2)
        else:
            means = torch.stack([own.mean(dim=-2) for own in text.split(self.class_prompts.counts, dim=-2)], dim=-2)
        return F.normalize(means, dim=-1)

    def average_prompts(
        self, text: Tensor, labels: Tensor, prompt_views: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Two views of the prompts for every sample, un-normalised averages over its own class's prompts.

        Args:
            text: (P, d), K prompts for each class.
            labels: (N,) int64.
            prompt_views: Two (N, K) row-stochastic matrices; None draws them by ``prompt_split``.

        Returns:
            (N, d) twice.
        """
        views = prompt_views or split_prompts(len(labels), self.class_prompts.counts[0], self.prompt_split)
        own = text.unflatten(0, (len(CLASSES), -1))[labels]
        first, second = (torch.einsum("nk,nkd->nd", view.to(own), own) for view in views)
        return first, second

    def switch_to_deploy(self) -> None:
        """Drop what only training needs, and the prompt component: the class embeddings replace it.

        Raises:
            ValueError: The prompts depend on the image.
        """
        if self.class_prompts.image_conditioned:
            raise ValueError(
                f"{type(self.class_prompts).__name__} depends on the image: the model cannot do without its text tower."
            )
        super().switch_to_deploy()
        del self.class_prompts
        self.class_prompts = None

    def pre_logits(self, image: Tensor, text: Tensor | None = None) -> Tensor:
        """L2-normalised image embedding (N, d)."""
        return F.normalize(image, dim=-1)

    def forward(self, image: Tensor, text: Tensor, logit_scale: Tensor) -> Tensor:
        """Logits (N, 2) of image embeddings (N, d).

        Args:
            image: (N, d), not normalised.
            text: As in :meth:`class_embeddings`.
            logit_scale: (1,), s.

        Returns:
            (N, 2) float32 under autocast, columns spoof and real.
        """
        # Cosines times 100 in half precision would leave a hundred distinct scores.
        with torch.autocast(image.device.type, enabled=False):
            scale = widen(logit_scale).exp()
            if self.max_logit_scale is not None:
                scale = scale.clamp(max=self.max_logit_scale)
            scaled, classes = scale * self.pre_logits(widen(image)), self.class_embeddings(widen(text))
            return scaled @ classes.T if classes.ndim == 2 else torch.einsum("nd,ncd->nc", scaled, classes)
