# SPDX-License-Identifier: Apache-2.0
"""The vision-language backbone: both towers of any open_clip model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from open_clip.factory import get_model_config
from torch import Tensor, nn

from flip_mm.compat.pending_checkpoint import checkpoint_follows

from .build import build_clip, get_normalization, get_tokenizer, uses_quick_gelu
from .text_tower import TextCache, encode_tokens, needed_positions


@MODELS.register_module()
class OpenCLIP(BaseModule):
    """Image tower, text tower and temperature of an open_clip model (contract of all vision-language backbones).

    Tried: ViT, ResNet and timm towers (EVA02, MobileCLIP, ConvNeXt) with CLIP's text tower. CoCa is refused.

    Sizes, tokenizer and context length follow from ``arch``. Text embeddings and image embeddings are returned as they
    leave the projection, **not** normalised: what to do with them is the head's affair.

    Args:
        arch: Name of an open_clip architecture (``'ViT-B-16'``; ``open_clip.list_models()`` has all), or the
            architecture itself: ``dict(embed_dim=, vision_cfg=dict(...), text_cfg=dict(...), quick_gelu=, custom_text=)`` as
            in open_clip's JSON files, with CLIP's own tokenizer.
        pretrained: An open_clip tag (``'openai'``, ``'laion2b_s34b_b88k'``; downloaded), the path of a local file (OpenAI's
            or open_clip's CLIP, the official FLIP release, flip_mm; recognised by its names), or None for random weights.
            Neither read nor downloaded where a checkpoint of the whole model is about to be loaded
            (:func:`~flip_mm.compat.pending_checkpoint.checkpoint_follows`).
        text: Whether to build the text tower, the image projection and ``logit_scale``. FLIP-V needs none of them.
        image_size: Side of the input in pixels; None takes the architecture's own.
        quick_gelu: Use QuickGELU, ``x * sigmoid(1.702 x)``, whatever ``arch`` says (OpenAI's weights need it).
        weights_format: ``'openai-jit'`` permits a local file that is OpenAI's TorchScript archive: loading it may run what it
            brings along. None refuses such a file.
        init_cfg: mmengine's; weights are normally given by ``pretrained``.

    Attributes:
        feature_dims (int): d_v, width of the image features before the projection (768 for ViT-B/16).
        embed_dims (int): d_vl, width of the shared space (512 for ViT-B/16).
        image_size (tuple[int, int]): Height and width that the image tower takes.
        image_mean, image_std (tuple[float, ...] | None): Normalisation that the weights were trained with, for RGB in 0..1;
            None where that is unknown, see :func:`~flip_mm.models.backbones.open_clip.build.get_normalization`.
        quick_gelu (bool): Whether the towers use QuickGELU (timm's image towers never do).
        out_indices (tuple[int, ...]): MMPretrain's name for the stages whose features are given out: the last one alone.
        awaits_checkpoint (bool): Whether ``pretrained`` was left out for a checkpoint that has not been loaded yet.
        context_length (int): Longest prompt in tokens, start and end token included.
        logit_scale (nn.Parameter): Shape (1,), natural logarithm of the inverse temperature. Only with ``text``.
        logit_bias (nn.Parameter | None): Shape (1,), of sigmoid-trained families, frozen. Only with ``text``.

    Raises:
        ValueError: Unknown architecture, or weights that do not fit it or were certainly trained with another activation.
        FileNotFoundError: ``pretrained`` looks like a path and there is no such file.
        ConnectionError: ``pretrained`` is a tag, or the architecture has a tokenizer, that can neither be found nor downloaded.

    Example:
        >>> import torch
        >>> tower = dict(image_size=32, layers=1, width=64, patch_size=16)
        >>> text = dict(context_length=16, width=64, heads=1, layers=1)
        >>> clip = OpenCLIP(dict(embed_dim=24, vision_cfg=tower, text_cfg=text))
        >>> features, embeddings = clip.encode_image(torch.zeros(2, 3, 32, 32))
        >>> features.shape, embeddings.shape, clip.encode_text(["a real face"]).shape
        (torch.Size([2, 64]), torch.Size([2, 24]), torch.Size([1, 24]))
    """

    out_indices = (-1,)

    def __init__(
        self,
        arch: str | dict = "ViT-B-16",
        pretrained: str | None = None,
        text: bool = True,
        image_size: int | None = None,
        quick_gelu: bool = False,
        weights_format: str | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.awaits_checkpoint = pretrained is not None and checkpoint_follows()
        weights = (None, None) if self.awaits_checkpoint else (pretrained, weights_format)
        clip = build_clip(arch, weights[0], text, image_size, quick_gelu, weights[1])
        if getattr(clip.visual, "output_tokens", False):
            raise ValueError(f"model.backbone.arch={arch!r}: multimodal decoders such as CoCa are not supported.")
        config = arch if isinstance(arch, dict) else get_model_config(arch)
        self.arch = arch
        self.embed_dims: int = config["embed_dim"]
        size = clip.visual.image_size
        self.image_size: tuple[int, int] = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
        self.image_mean, self.image_std = get_normalization(arch, pretrained)
        self.quick_gelu = uses_quick_gelu(arch, quick_gelu)

        # Only ViTs end in a plain matrix. It is moved out of the tower so that one pass yields the features before it
        # and the embeddings after it; other families have no such place and features are the embeddings.
        projection = getattr(clip.visual, "proj", None)
        self.separable = isinstance(projection, nn.Parameter)
        self.feature_dims: int = projection.shape[0] if self.separable else self.embed_dims
        if self.separable:
            clip.visual.proj = None
        self.visual = clip.visual
        self.with_text = text
        if not text:
            return
        self.visual_projection = projection if self.separable else None
        self.logit_scale = nn.Parameter(clip.logit_scale.detach().reshape(1))
        bias = clip.logit_bias
        # The same for both classes, it cancels in the softmax: trained, it would be a parameter without gradient.
        self.logit_bias = None if bias is None else nn.Parameter(bias.detach().reshape(1), requires_grad=False)
        for name in ("visual", "logit_scale", "logit_bias"):
            _replace_by_none(clip, name)
        self.text_tower = clip
        self.text_cache = TextCache()
        self.context_length: int = clip.context_length
        self.tokenizer = get_tokenizer(arch, self.context_length)

    def encode_image(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Run the image tower once.

        Args:
            images: (N, 3, H, W) float, normalised.

        Returns:
            Features (N, feature_dims) before the projection and embeddings (N, embed_dims) after it, neither of them
            l2-normalised. Without ``text`` a ViT has no embeddings: None.

        Raises:
            RuntimeError: The checkpoint that was to bring the weights has not been loaded.
            ValueError: H, W are not the size that the tower was built for.
        """
        if self.awaits_checkpoint:
            raise RuntimeError(
                "model.backbone.pretrained was left out because a checkpoint was to fill the model, and none has been loaded: "
                "load it, or build the model without one."
            )
        if images.shape[-2:] != self.image_size:
            raise ValueError(
                f"The data gives images of {tuple(images.shape[-2:])} px (height, width), the image tower takes "
                f"{self.image_size}. Change the image size of the data (`image_size` in configs/_base_/datasets), or "
                f"build the tower for it with model.backbone.image_size={images.shape[-1]}."
            )
        features = self.visual(images)
        if not self.separable:
            return features, features
        return features, features @ self.visual_projection if self.with_text else None

    def tokenize(self, prompts: Sequence[str]) -> Tensor:
        """Turn prompts into token ids.

        Args:
            prompts: P sentences.

        Returns:
            (P, L) int64; L is the length of the longest prompt where the tower is causal, else context_length.

        Raises:
            ValueError: A prompt is longer than the context; open_clip would cut its end off silently.
        """
        encode = getattr(self.tokenizer, "encode", None)
        for prompt in prompts if encode else ():
            length = len(encode(prompt)) + 2
            if length > self.context_length:
                raise ValueError(
                    f"The prompt '{prompt}' needs {length} tokens (start and end included), the text tower takes "
                    f"{self.context_length}. Shorten it in the config's `prompts`."
                )
        tokens = self.tokenizer(list(prompts))
        return tokens[:, : needed_positions(self.text_tower, tokens)].clone()

    def encode_text(self, prompts: Sequence[str] | Tensor) -> Tensor:
        """Run the text tower; in evaluation without gradient once per prompt tensor and state of the weights.

        Args:
            prompts: P sentences, or their token ids (P, L) int64 as :meth:`tokenize` gives them.

        Returns:
            (P, embed_dims) float, not normalised.

        Raises:
            RuntimeError: The backbone was built with ``text=False``.
            ValueError: A prompt is longer than the context.
        """
        if not self.with_text or self.text_tower is None:
            raise RuntimeError("This backbone has no text tower: set model.backbone.text=True and model.deploy=False.")
        tokens = prompts if isinstance(prompts, Tensor) else self.tokenize(prompts).to(self.logit_scale.device)
        if self.training or torch.is_grad_enabled() or torch.jit.is_tracing():
            return encode_tokens(self.text_tower, tokens)
        weights = (*self.text_tower.parameters(), *self.text_tower.buffers())
        return self.text_cache.get(tokens, weights, lambda own: encode_tokens(self.text_tower, own))

    def drop_text_tower(self) -> None:
        """Let go of the text tower, once the class embeddings are known."""
        self.text_cache.clear()
        _replace_by_none(self, "text_tower")

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        """Called by every way to load; a checkpoint in place of ``pretrained`` must hold all of the backbone.

        Raises:
            ValueError: It does not; mmengine would only warn, and leave weights random.
        """
        if self.awaits_checkpoint:
            wrong = [k for k, v in self.state_dict().items() if getattr(state_dict.get(prefix + k), "shape", None) != v.shape]
            if wrong:
                raise ValueError(
                    f"The checkpoint does not fit arch {self.arch!r}: {len(wrong)} weights are missing or of another shape, "
                    f"{', '.join(prefix + name for name in wrong[:4])}. Use the config that it was trained with."
                )
            self.awaits_checkpoint = False
        super()._load_from_state_dict(state_dict, prefix, *args)

    def train(self, mode: bool = True) -> OpenCLIP:
        """Switch the mode; EMA exchanges weights just before it."""
        if self.with_text:
            self.text_cache.clear()
        return super().train(mode)

    def _apply(self, *args: Any, **kwargs: Any) -> OpenCLIP:
        """Moves to another device or dtype end here."""
        if self.with_text:
            self.text_cache.clear()
        return super()._apply(*args, **kwargs)


def _replace_by_none(module: nn.Module, name: str) -> None:
    """Take a child or parameter out; if only set to None it stays as an empty child, on which mmengine's FLOP counter fails."""
    delattr(module, name)
    setattr(module, name, None)


__all__ = ["OpenCLIP"]
