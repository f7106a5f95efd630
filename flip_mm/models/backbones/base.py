# SPDX-License-Identifier: Apache-2.0
"""What FLIP and its heads need of a vision-language model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from .text_cache import TextCache


class VisionLanguageBackbone(BaseModule):
    """An image tower, a text tower and their temperature: the contract of all vision-language backbones.

    A subclass builds its towers and sets the attributes in ``__init__``, and defines :meth:`encode_image`, :meth:`tokenize`,
    :meth:`embed_tokens`, :meth:`encode_tokens` and :meth:`encode_token_embeddings`; one without a text tower only the first.
    Embeddings are returned as they leave the projection, **not** l2-normalised: the head decides about that.

    Args:
        init_cfg: mmengine's.

    Attributes:
        feature_dims (int): d_v, width of the image features before the projection (768 for ViT-B/16).
        embed_dims (int): d_vl, width of the space that images and texts share (512 for ViT-B/16).
        image_size (tuple[int, int]): Height and width that the image tower takes.
        image_mean, image_std (tuple[float, ...] | None): Normalisation that the weights were trained with, for RGB in 0..1;
            None where that is unknown.
        with_text (bool): Whether the model was built with its text tower, image projection and ``logit_scale``.
        text_tower (nn.Module | None): All that text embeddings depend on; None without ``with_text`` and after
            :meth:`drop_text_tower`.
        tokenizer (Callable | None): Sentences -> token ids of the whole context.
        context_length (int): Longest prompt in tokens, start and end token included.
        logit_scale (nn.Parameter): Shape (1,), natural logarithm of the inverse temperature. Only with ``with_text``.
        logit_bias (nn.Parameter | None): Shape (1,), of families trained with a sigmoid. Only with ``with_text``.
        out_indices (tuple[int, ...]): MMPretrain's name for the stages that give features: the last one alone.
    """

    feature_dims: int
    embed_dims: int
    image_size: tuple[int, int]
    image_mean: tuple[float, ...] | None = None
    image_std: tuple[float, ...] | None = None
    with_text: bool = True
    tokenizer: Callable[[list[str]], Tensor] | None = None
    context_length: int
    out_indices = (-1,)

    def __init__(self, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.text_cache = TextCache()

    @abstractmethod
    def encode_image(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Run the image tower once.

        Args:
            images: (N, 3, H, W) float, normalised.

        Returns:
            Features (N, feature_dims) before the projection and embeddings (N, embed_dims) after it. The embeddings are None
            where the backbone was built without the projection.

        Raises:
            ValueError: H, W are not the size that the tower was built for.
        """

    def tokenize(self, prompts: Sequence[str]) -> Tensor:
        """P sentences -> token ids (P, L) int64.

        Raises:
            ValueError: A prompt is longer than the context.
        """
        raise NotImplementedError(f"{type(self).__name__} has no text tower.")

    def embed_tokens(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Token ids (P, L) -> token embeddings (P, L, w) and the position of each prompt's end token (P,).

        What learned prompts start from: with some of its rows replaced, the result goes into :meth:`encode_text`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not give token embeddings.")

    def encode_tokens(self, tokens: Tensor) -> Tensor:
        """Run the text tower on token ids (P, L) as :meth:`tokenize` gives them -> (P, embed_dims)."""
        raise NotImplementedError(f"{type(self).__name__} has no text tower.")

    def encode_token_embeddings(self, embeddings: Tensor, ends: Tensor) -> Tensor:
        """Run the text tower on token embeddings (P, L, w) that end at the positions (P,) -> (P, embed_dims)."""
        raise NotImplementedError(f"{type(self).__name__} does not take token embeddings.")

    def encode_text(self, prompts: Sequence[str] | Tensor, ends: Tensor | None = None) -> Tensor:
        """Embeddings of prompts; of token ids, in evaluation without gradient, computed once per state of the weights.

        Args:
            prompts: P sentences, their token ids (P, L) int64 as :meth:`tokenize` gives them, or token embeddings (P, L, w)
                float as :meth:`embed_tokens` gives them.
            ends: (P,) int64, the positions of the end tokens; with token embeddings only.

        Returns:
            (P, embed_dims) float, not normalised.

        Raises:
            RuntimeError: The backbone has no text tower.
            ValueError: A prompt is longer than the context, or token embeddings come without ``ends``.
        """
        if not self.with_text or self.text_tower is None:
            raise RuntimeError("This backbone has no text tower: set model.backbone.text=True and model.deploy=False.")
        if isinstance(prompts, Tensor) and prompts.is_floating_point():
            if ends is None:
                raise ValueError("Token embeddings need `ends`, the position of each prompt's end token.")
            return self.encode_token_embeddings(prompts, ends)
        tokens = prompts if isinstance(prompts, Tensor) else self.tokenize(prompts).to(self.logit_scale.device)
        if self.training or torch.is_grad_enabled() or torch.jit.is_tracing():
            return self.encode_tokens(tokens)
        weights = (*self.text_tower.parameters(), *self.text_tower.buffers())
        return self.text_cache.get(tokens, weights, self.encode_tokens)

    def drop_text_tower(self) -> None:
        """Delete the text tower, once the class embeddings are known."""
        self.text_cache.clear()
        replace_by_none(self, "text_tower")

    def train(self, mode: bool = True) -> VisionLanguageBackbone:
        """Switch the mode and empty the cache: EMA exchanges weights just before it."""
        self.text_cache.clear()
        return super().train(mode)

    def _apply(self, *args: Any, **kwargs: Any) -> VisionLanguageBackbone:
        """Moves to another device or dtype end here."""
        self.text_cache.clear()
        return super()._apply(*args, **kwargs)


def replace_by_none(module: nn.Module, name: str) -> None:
    """Take a child or parameter out; if only set to None it stays as an empty child, on which mmengine's FLOP counter fails."""
    delattr(module, name)
    setattr(module, name, None)
