# SPDX-License-Identifier: Apache-2.0
"""The interface of vision-language backbones."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from .text_cache import TextCache


class VisionLanguageBackbone(BaseModule):
    """Base class of vision-language backbones: an image tower, a text tower and their temperature.

    A subclass builds its towers and sets the attributes in ``__init__``. It defines :meth:`encode_image`, :meth:`tokenize`,
    :meth:`embed_tokens`, :meth:`encode_tokens` and :meth:`encode_token_embeddings`; without a text tower, only the first.
    Embeddings are the output of the projection, **not** l2-normalised: the head normalises them.

    Args:
        init_cfg: mmengine's.

    Attributes:
        feature_dims (int): d_v, width of the image features before the projection (768 for ViT-B/16).
        embed_dims (int): d_vl, width of the embeddings of images and texts (512 for ViT-B/16).
        image_size (tuple[int, int]): Height and width that the image tower takes.
        image_mean, image_std (tuple[float, ...] | None): Normalisation used to train the weights, for RGB in 0..1; None if
            unknown.
        with_text (bool): Whether the model was built with its text tower, image projection and ``logit_scale``.
        text_tower (nn.Module | None): All weights of the text embeddings; None without ``with_text`` and after
            :meth:`drop_text_tower`.
        tokenizer (Callable | None): Sentences -> token ids, padded to the context length.
        context_length (int): Maximum number of tokens, including start and end token.
        logit_scale (nn.Parameter): Shape (1,), natural logarithm of the inverse temperature. Only with ``with_text``.
        logit_bias (nn.Parameter | None): Shape (1,), for models trained with a sigmoid. Only with ``with_text``.
        out_indices (tuple[int, ...]): The stages that return features, as MMPretrain names them: only the last one.
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
            if the backbone was built without the projection.

        Raises:
            ValueError: H, W are not the input size of the tower.
        """

    def tokenize(self, prompts: Sequence[str]) -> Tensor:
        """Convert P sentences to token ids (P, L) int64.

        Raises:
            ValueError: A prompt is longer than the context.
        """
        raise NotImplementedError(f"{type(self).__name__} has no text tower.")

    def embed_tokens(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Convert token ids (P, L) to token embeddings (P, L, w) and the positions of the end tokens (P,).

        Learned prompts replace some of the embeddings and pass the result to :meth:`encode_text`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not give token embeddings.")

    def encode_tokens(self, tokens: Tensor) -> Tensor:
        """Return the text embeddings (P, embed_dims) of token ids (P, L) from :meth:`tokenize`."""
        raise NotImplementedError(f"{type(self).__name__} has no text tower.")

    def encode_token_embeddings(self, embeddings: Tensor, ends: Tensor) -> Tensor:
        """Return the text embeddings (P, embed_dims) of token embeddings (P, L, w) with end positions (P,)."""
        raise NotImplementedError(f"{type(self).__name__} does not take token embeddings.")

    def encode_text(self, prompts: Sequence[str] | Tensor, ends: Tensor | None = None) -> Tensor:
        """Return the embeddings of prompts.

        In evaluation without gradient, the embeddings of token ids are computed once and cached until the weights change.

        Args:
            prompts: P sentences, token ids (P, L) int64 from :meth:`tokenize`, or token embeddings (P, L, w) float from
                :meth:`embed_tokens`.
            ends: (P,) int64, the positions of the end tokens; only for token embeddings.

        Returns:
            (P, embed_dims) float, not normalised.

        Raises:
            RuntimeError: The backbone has no text tower.
            ValueError: A prompt is longer than the context, or token embeddings have no ``ends``.
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
        """Delete the text tower. Call it after the class embeddings are computed."""
        self.text_cache.clear()
        replace_by_none(self, "text_tower")

    def train(self, mode: bool = True) -> VisionLanguageBackbone:
        """Set the mode and clear the cache, because EMA swaps weights just before this call."""
        self.text_cache.clear()
        return super().train(mode)

    def _apply(self, *args: Any, **kwargs: Any) -> VisionLanguageBackbone:
        """Clear the cache when the module moves to another device or dtype."""
        self.text_cache.clear()
        return super()._apply(*args, **kwargs)


def replace_by_none(module: nn.Module, name: str) -> None:
    """Delete a child or parameter. Setting it to None alone keeps an empty child, and mmengine's FLOP counter fails on that."""
    delattr(module, name)
    setattr(module, name, None)
