# SPDX-License-Identifier: Apache-2.0
"""Any open_clip model as the backbone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from mmpretrain.registry import MODELS
from open_clip.factory import get_model_config
from torch import Tensor, nn

from flip_mm.models.backbones.awaits_checkpoint import AwaitsCheckpoint
from flip_mm.models.backbones.base import VisionLanguageBackbone, replace_by_none

from .build import build_clip, get_normalization, get_tokenizer, uses_quick_gelu
from .compiled import CompiledCall
from .grad_checkpointing import checkpoint_blocks, checkpoint_text_blocks
from .other_sizes import check_sizes, encode_other_size
from .text_tower import embed_tokens, encode_token_embeddings, encode_tokens, needed_positions


@MODELS.register_module()
class OpenCLIP(AwaitsCheckpoint, VisionLanguageBackbone):
    """Image tower, text tower and temperature of an open_clip model.

    Tested: ViT, ResNet and timm towers (EVA02, MobileCLIP, ConvNeXt) with CLIP's text tower. CoCa is refused.

    Sizes, tokenizer and context length follow from ``arch``. Further attributes are those of
    :class:`~flip_mm.models.backbones.base.VisionLanguageBackbone`.

    Args:
        arch: Name of an open_clip architecture (``'ViT-B-16'``; ``open_clip.list_models()`` has all), or the
            architecture itself: ``dict(embed_dim=, vision_cfg=dict(...), text_cfg=dict(...), quick_gelu=, custom_text=)`` as
            in open_clip's JSON files, with CLIP's tokenizer.
        pretrained: An open_clip tag (``'openai'``, ``'laion2b_s34b_b88k'``; downloaded), the path of a local file (OpenAI's
            or open_clip's CLIP, the official FLIP release, flip_mm; recognised by its names), or None for random weights.
            Neither read nor downloaded if a checkpoint of the whole model is loaded next
            (:func:`~flip_mm.compat.pending_checkpoint.checkpoint_follows`).
        text: Whether to build the text tower, the image projection and ``logit_scale``. FLIP-V does not need them.
        image_size: Side of the input in pixels; None uses the architecture's size.
        quick_gelu: Use QuickGELU, ``x * sigmoid(1.702 x)``, even if ``arch`` does not set it. OpenAI's weights need it.
        weights_format: ``'openai-jit'`` allows OpenAI's TorchScript archive as a local file: loading it may execute code in
            it. None refuses such a file.
        extra_image_sizes: Further sides in pixels that :meth:`encode_image` takes, with interpolated positional embeddings, for
            views of a lower resolution in training. Only ViTs of open_clip.
        compile: Run both towers through ``torch.compile`` in training steps. Predictions are never compiled.
        grad_checkpointing: Store only the input of each block of the towers for the backward pass, and compute the block again
            there: less memory, same gradients, a fifth to a third more time.
        init_cfg: mmengine's; weights are normally given by ``pretrained``.

    Attributes:
        image_mean, image_std (tuple[float, ...] | None): See
            :func:`~flip_mm.models.backbones.open_clip.build.get_normalization`.
        quick_gelu (bool): Whether the towers use QuickGELU (timm's image towers never do).
        awaits_checkpoint (bool): Whether ``pretrained`` was skipped for a checkpoint that is not loaded yet.
        logit_bias (nn.Parameter | None): Not trained.

    Raises:
        ValueError: The architecture is unknown, or the weights do not fit it or were certainly trained with another activation;
            or a tower does not support ``grad_checkpointing`` or ``extra_image_sizes``.
        FileNotFoundError: ``pretrained`` is a path, and the file does not exist.
        ConnectionError: The weights of a tag, or the tokenizer, are neither cached nor downloadable.

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
        weights_format: str | None = None,
        extra_image_sizes: Sequence[int] = (),
        compile: bool = False,
        grad_checkpointing: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        weights = (None, None) if self.skip_pretrained(pretrained) else (pretrained, weights_format)
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

        # Only ViTs end in a projection matrix. It is moved out of the tower, so that one pass gives the features before it
        # and the embeddings after it. For other towers, features and embeddings are the same.
        projection = getattr(clip.visual, "proj", None)
        self.separable = isinstance(projection, nn.Parameter)
        self.feature_dims: int = projection.shape[0] if self.separable else self.embed_dims
        if self.separable:
            clip.visual.proj = None
        self.visual = clip.visual
        check_sizes(clip.visual, extra_image_sizes)
        self.extra_image_sizes = [(side, side) for side in extra_image_sizes]
        if grad_checkpointing:
            checkpoint_blocks(clip.visual, "image")
        self._compiled_visual = CompiledCall(_encode_image) if compile else None
        self._compiled_text = CompiledCall(encode_tokens) if compile else None
        self.with_text = text
        if not text:
            return
        self.visual_projection = projection if self.separable else None
        self.logit_scale = nn.Parameter(clip.logit_scale.detach().reshape(1))
        bias = clip.logit_bias
        # The bias is the same for both classes and cancels in the softmax, so it would have no gradient in training.
        self.logit_bias = None if bias is None else nn.Parameter(bias.detach().reshape(1), requires_grad=False)
        for name in ("visual", "logit_scale", "logit_bias"):
            replace_by_none(clip, name)
        if grad_checkpointing:
            checkpoint_text_blocks(clip)
        self.text_tower = clip
        self.context_length: int = clip.context_length
        self.tokenizer = get_tokenizer(arch, self.context_length)

    def encode_image(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Run the image tower once.

        Args:
            images: (N, 3, H, W) float, normalised.

        Returns:
            Features (N, feature_dims) and embeddings (N, embed_dims). Without ``text``, the embeddings of a ViT are None.

        Raises:
            RuntimeError: ``pretrained`` was skipped for a checkpoint, and the checkpoint is not loaded yet.
            ValueError: H, W are not the input size of the tower.
        """
        self.check_loaded()
        size = tuple(images.shape[-2:])
        if size != self.image_size and size not in self.extra_image_sizes:
            raise ValueError(
                f"The pipeline gives images of {tuple(images.shape[-2:])} px (height, width), but the image tower takes "
                f"{self.image_size}. Change the image size of the data (`image_size` in configs/_base_/datasets), or "
                f"build the tower for this size with model.backbone.image_size={images.shape[-1]}."
            )
        if size == self.image_size:
            features = self._in_training(self._compiled_visual, _encode_image)(self.visual, images)
        else:
            features = encode_other_size(self.visual, images)
        if not self.separable:
            return features, features
        return features, features @ self.visual_projection if self.with_text else None

    def tokenize(self, prompts: Sequence[str]) -> Tensor:
        """Turn prompts into token ids.

        Args:
            prompts: P sentences.

        Returns:
            (P, L) int64; L is the length of the longest prompt if the tower is causal, otherwise context_length.

        Raises:
            ValueError: A prompt is longer than the context; open_clip would silently truncate it.
        """
        encode = getattr(self.tokenizer, "encode", None)
        for prompt in prompts if encode else ():
            length = len(encode(prompt)) + 2
            if length > self.context_length:
                raise ValueError(
                    f"The prompt '{prompt}' needs {length} tokens (start and end included), but the text tower takes "
                    f"{self.context_length}. Shorten it in the config's `prompts`."
                )
        tokens = self.tokenizer(list(prompts))
        return tokens[:, : needed_positions(self.text_tower, tokens)].clone()

    def embed_tokens(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """See :func:`~flip_mm.models.backbones.open_clip.text_tower.embed_tokens`."""
        return embed_tokens(self.text_tower, tokens)

    def encode_tokens(self, tokens: Tensor) -> Tensor:
        """See :func:`~flip_mm.models.backbones.open_clip.text_tower.encode_tokens`."""
        return self._in_training(self._compiled_text, encode_tokens)(self.text_tower, tokens)

    def encode_token_embeddings(self, embeddings: Tensor, ends: Tensor) -> Tensor:
        """See :func:`~flip_mm.models.backbones.open_clip.text_tower.encode_token_embeddings`."""
        return encode_token_embeddings(self.text_tower, embeddings, ends)

    def _in_training(self, compiled: CompiledCall | None, plain: Callable) -> Callable:
        """Return the compiled function for a training step, otherwise the plain one: batches of tests have many sizes."""
        return compiled if compiled and self.training and torch.is_grad_enabled() else plain


def _encode_image(tower: nn.Module, images: Tensor) -> Tensor:
    return tower(images)


__all__ = ["OpenCLIP"]
