# SPDX-License-Identifier: Apache-2.0
"""An image tower of timm as the backbone of FLIP-V."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import timm
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from flip_mm.utils.nearest import did_you_mean

from .awaits_checkpoint import AwaitsCheckpoint
from .base import VisionLanguageBackbone
from .timm_weights import load_timm_weights, tags


@MODELS.register_module()
class TimmTower(AwaitsCheckpoint, VisionLanguageBackbone):
    """A model of timm without its classifier and without a text tower: FLIP-V with ImageNet's or BEiT's weights.

    The features are those that timm passes to its classifier: the class token of ``vit_base_patch16_224``, the mean of the
    patches of ``beit_base_patch16_224``. Both have 768 values.

    Args:
        arch: Name of an architecture of timm without its tag.
        pretrained: A tag of timm (``'augreg_in21k_ft_in1k'``; downloaded once), the path of a local file, or None for random
            weights. Neither read nor downloaded if a checkpoint of the whole model is loaded next. See
            :func:`~flip_mm.models.backbones.timm_weights.load_timm_weights`.
        image_size: Side of the input in pixels; None uses the architecture's size.
        options: Further arguments of ``timm.create_model``, for instance ``dict(depth=2, embed_dim=64)``.
        init_cfg: mmengine's; weights are normally given by ``pretrained``.

    Raises:
        ValueError: timm has no such architecture or does not take the options, or the weights do not fit it.
        FileNotFoundError: ``pretrained`` is a path, and the file does not exist.
        ConnectionError: The weights of a tag are neither cached nor downloadable.

    Example:
        >>> import torch
        >>> tower = TimmTower(image_size=32, options=dict(depth=1, embed_dim=24, num_heads=2))
        >>> features, embeddings = tower.encode_image(torch.zeros(2, 3, 32, 32))
        >>> features.shape, embeddings
        (torch.Size([2, 24]), None)
    """

    def __init__(
        self,
        arch: str = "vit_base_patch16_224",
        pretrained: str | None = None,
        image_size: int | None = None,
        options: Mapping[str, Any] | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.arch = arch
        self.visual = _build(arch, pretrained, image_size, options or {})
        if pretrained is not None and not self.skip_pretrained(pretrained):
            load_timm_weights(self.visual, arch, pretrained)
        self.feature_dims = self.embed_dims = self.visual.num_features
        settings = self.visual.pretrained_cfg
        self.image_size = (image_size, image_size) if image_size else tuple(settings["input_size"][1:])
        self.image_mean, self.image_std = settings["mean"], settings["std"]
        self.with_text, self.text_tower = False, None

    def encode_image(self, images: Tensor) -> tuple[Tensor, None]:
        """Return features (N, feature_dims), and None for the embeddings.

        Args:
            images: (N, 3, H, W) float, normalised.

        Raises:
            RuntimeError: ``pretrained`` was skipped for a checkpoint, and the checkpoint is not loaded yet.
            ValueError: H, W are not the input size of the tower.
        """
        self.check_loaded()
        if tuple(images.shape[-2:]) != self.image_size:
            raise ValueError(
                f"The pipeline gives images of {tuple(images.shape[-2:])} px (height, width), but the image tower takes "
                f"{self.image_size}: change the image size of the data, or set model.backbone.image_size={images.shape[-1]}."
            )
        return self.visual(images), None


def _build(arch: str, pretrained: str | None, image_size: int | None, options: Mapping[str, Any]) -> nn.Module:
    """Build a model of timm without classifier, with random weights and the normalisation of the tag."""
    if not timm.is_model(arch):
        raise ValueError(
            f"model.backbone.arch={arch!r} is no architecture of timm {timm.__version__}"
            f"{did_you_mean(arch, timm.list_models()) or '.'} Give its name without a tag; timm.list_models() has all."
        )
    name = f"{arch}.{pretrained}" if pretrained in tags(arch) else arch
    size = {} if image_size is None else dict(img_size=image_size)
    try:
        return timm.create_model(name, num_classes=0, **size, **options)
    except (RuntimeError, TypeError) as error:
        given = ", ".join(f"{key}={value!r}" for key, value in {**size, **options}.items())
        raise ValueError(f"model.backbone: timm cannot build {name}{' with ' * bool(given)}{given}: {error}") from error
