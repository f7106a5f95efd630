# SPDX-License-Identifier: Apache-2.0
"""The vision-language backbone: both towers of any open_clip model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import open_clip
import torch
from mmengine.logging import print_log
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from open_clip.factory import get_model_config
from open_clip.pretrained import get_pretrained_cfg
from torch import Tensor, nn

from .text import TextCache, encode_tokens, needed_positions
from .weights import load_clip_weights

WEIGHT_FILES = (".pt", ".pth", ".bin", ".safetensors", ".ckpt")


@MODELS.register_module()
class OpenCLIP(BaseModule):
    """Image tower, text tower and temperature of an open_clip model (contract of all vision-language backbones).

    Tried: ViT, ResNet and timm towers with CLIP's text tower. CoCa is refused.

    Sizes, tokenizer and context length follow from ``arch``. Text embeddings and image embeddings are returned as they
    leave the projection, **not** normalised: what to do with them is the head's affair.

    Args:
        arch: Name of an open_clip architecture (``'ViT-B-16'``; ``open_clip.list_models()`` has all), or the
            architecture itself: ``dict(embed_dim=, vision_cfg=dict(...), text_cfg=dict(...), quick_gelu=)`` as in
            open_clip's JSON files.
        pretrained: An open_clip tag (``'openai'``, ``'laion2b_s34b_b88k'``; downloaded), the path of a local state dict
            with open_clip's or OpenAI's names, or None for random weights.
        text: Whether to build the text tower, the image projection and ``logit_scale``. FLIP-V needs none of them.
        image_size: Side of the input in pixels; None takes the architecture's own.
        quick_gelu: Use QuickGELU, ``x * sigmoid(1.702 x)``, whatever ``arch`` says (OpenAI's weights need it).
        init_cfg: mmengine's; weights are normally given by ``pretrained``.

    Attributes:
        feature_dims (int): d_v, width of the image features before the projection (768 for ViT-B/16).
        embed_dims (int): d_vl, width of the shared space (512 for ViT-B/16).
        image_size (tuple[int, int]): Height and width that the image tower takes.
        image_mean, image_std (tuple[float, ...]): Normalisation that the weights were trained with, for RGB in 0..1.
        context_length (int): Longest prompt in tokens, start and end token included.
        logit_scale (nn.Parameter): Shape (1,), natural logarithm of the inverse temperature. Only with ``text``.
        logit_bias (nn.Parameter | None): Shape (1,), of sigmoid-trained families, frozen. Only with ``text``.

    Raises:
        ValueError: Unknown architecture, or weights that do not fit it.
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

    def __init__(
        self,
        arch: str | dict = "ViT-B-16",
        pretrained: str | None = None,
        text: bool = True,
        image_size: int | None = None,
        quick_gelu: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        clip = _build_clip(arch, pretrained, image_size, quick_gelu)
        if getattr(clip.visual, "output_tokens", False):
            raise ValueError(f"model.backbone.arch={arch!r}: multimodal decoders such as CoCa are not supported.")
        config = arch if isinstance(arch, dict) else get_model_config(arch)
        self.arch = arch
        self.embed_dims: int = config["embed_dim"]
        size = clip.visual.image_size
        self.image_size: tuple[int, int] = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
        self.image_mean = tuple(getattr(clip.visual, "image_mean", None) or open_clip.OPENAI_DATASET_MEAN)
        self.image_std = tuple(getattr(clip.visual, "image_std", None) or open_clip.OPENAI_DATASET_STD)

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
        clip.visual = clip.logit_scale = clip.logit_bias = None
        self.text_tower = clip
        self.text_cache = TextCache()
        self.context_length: int = clip.context_length
        if isinstance(arch, dict):
            self.tokenizer = open_clip.SimpleTokenizer(context_length=self.context_length)
        else:
            self.tokenizer = _get_tokenizer(arch, self.context_length)

    def encode_image(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Run the image tower once.

        Args:
            images: (N, 3, H, W) float, normalised.

        Returns:
            Features (N, feature_dims) before the projection and embeddings (N, embed_dims) after it, neither of them
            l2-normalised. Without ``text`` a ViT has no embeddings: None.

        Raises:
            ValueError: H, W are not the size that the tower was built for.
        """
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
        if not self.with_text:
            raise RuntimeError("This backbone has no text tower: set model.backbone.text=True.")
        tokens = prompts if isinstance(prompts, Tensor) else self.tokenize(prompts).to(self.logit_scale.device)
        if self.training or torch.is_grad_enabled():
            return encode_tokens(self.text_tower, tokens)
        weights = (*self.text_tower.parameters(), *self.text_tower.buffers())
        return self.text_cache.get(tokens, weights, lambda own: encode_tokens(self.text_tower, own))

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


def _get_tokenizer(arch: str, context_length: int) -> Callable[[list[str]], Tensor]:
    """The tokenizer that the weights were trained with."""
    try:
        return open_clip.get_tokenizer(arch, context_length=context_length)
    except (ImportError, OSError) as error:
        raise ConnectionError(
            f"model.backbone.arch='{arch}' has a tokenizer on the Hugging Face hub, which could not be loaded ({error}). It "
            "needs `pip install transformers` and, the first time, a network."
        ) from error


def _build_clip(arch: str | dict, pretrained: str | None, image_size: int | None, quick_gelu: bool) -> nn.Module:
    """The whole open_clip model with its weights loaded."""
    is_file = pretrained is not None and ("/" in str(pretrained) or Path(pretrained).suffix in WEIGHT_FILES)
    if isinstance(arch, dict):
        clip = _build_from_dict(arch, image_size, quick_gelu)
        if pretrained is not None and not is_file:
            raise ValueError(
                f"model.backbone.pretrained='{pretrained}': an architecture given as a dict has no downloadable "
                "weights; give the path of a local file or None."
            )
    else:
        clip = _build_from_name(arch, None if is_file else pretrained, image_size, quick_gelu)
    if is_file:
        load_clip_weights(clip, Path(pretrained).expanduser())
        if not (quick_gelu or _is_quick_gelu(arch)):
            print_log(
                f"The weights in '{pretrained}' do not say which activation they were trained with, and GELU is used. "
                "OpenAI's own weights and those fine-tuned from them need model.backbone.quick_gelu=True.",
                logger="current",
                level=30,
            )
    return clip


def _is_quick_gelu(arch: str | dict) -> bool:
    config = arch if isinstance(arch, dict) else get_model_config(arch)
    return bool(config.get("quick_gelu", False))


def _build_from_dict(arch: dict[str, Any], image_size: int | None, quick_gelu: bool) -> nn.Module:
    required = {"embed_dim", "vision_cfg", "text_cfg"}
    if not required <= arch.keys() or arch.keys() - required - {"quick_gelu"}:
        raise ValueError(
            f"model.backbone.arch has the keys {sorted(arch)}; expected embed_dim, vision_cfg, text_cfg and, maybe, quick_gelu."
        )
    vision = dict(arch["vision_cfg"], **({} if image_size is None else {"image_size": image_size}))
    return open_clip.CLIP(
        embed_dim=arch["embed_dim"],
        vision_cfg=vision,
        text_cfg=dict(arch["text_cfg"]),
        quick_gelu=quick_gelu or arch.get("quick_gelu", False),
    )


def _build_from_name(arch: str, tag: str | None, image_size: int | None, quick_gelu: bool) -> nn.Module:
    if get_model_config(arch) is None:
        raise ValueError(
            f"model.backbone.arch='{arch}' is not an architecture of open_clip {open_clip.__version__}. Choose one of "
            f"open_clip.list_models(), for example {', '.join(open_clip.list_models()[-6:])}."
        )
    if tag is not None:
        known = open_clip.list_pretrained_tags_by_model(arch)
        if tag not in known:
            raise ValueError(
                f"model.backbone.pretrained='{tag}' is neither a file nor a tag of {arch}; its tags are "
                f"{', '.join(known) or 'none'}."
            )
        if get_pretrained_cfg(arch, tag).get("quick_gelu") and not (quick_gelu or _is_quick_gelu(arch)):
            raise ValueError(
                f"The weights '{tag}' were trained with QuickGELU and model.backbone.arch='{arch}' uses GELU: set "
                "model.backbone.quick_gelu=True."
            )
    try:
        return open_clip.create_model(arch, pretrained=tag, force_image_size=image_size, force_quick_gelu=quick_gelu)
    except (OSError, RuntimeError) as error:
        if tag is None:
            raise
        source = get_pretrained_cfg(arch, tag)
        place = f"https://huggingface.co/{source['hf_hub'].rstrip('/')}" if source.get("hf_hub") else source.get("url")
        raise ConnectionError(
            f"The weights '{tag}' of {arch} are not on this machine and could not be downloaded. Get them from {place} "
            "where there is a network (open_clip_model.safetensors or open_clip_pytorch_model.bin), copy the file here and "
            "set model.backbone.pretrained to its path."
        ) from error


__all__ = ["OpenCLIP"]
