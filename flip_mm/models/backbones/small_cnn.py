# SPDX-License-Identifier: Apache-2.0
"""A CNN of a few layers, for students that must be fast on a CPU."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from flip_mm.networks.small_cnn import conv_tower

from .base import VisionLanguageBackbone


@MODELS.register_module()
class SmallCNN(VisionLanguageBackbone):
    """Convolutions 3 x 3 with stride 2, BatchNorm and ReLU; the mean over all places; a projection to the embeddings.

    It has no text tower: :class:`~flip_mm.models.FLIPStudent` takes the embeddings of the prompts from its teacher.

    Args:
        channels: Output channels of each convolution.
        embed_dims: d_vl of the teacher.
        image_size: Side of the input in pixels.
        init_cfg: mmengine's.

    Raises:
        ValueError: ``channels`` is empty or holds a value below 1.

    Example:
        >>> features, embeddings = SmallCNN((8, 16), embed_dims=24, image_size=32).encode_image(torch.zeros(2, 3, 32, 32))
        >>> features.shape, embeddings.shape
        (torch.Size([2, 16]), torch.Size([2, 24]))
    """

    def __init__(
        self,
        channels: Sequence[int] = (8, 16, 32, 64),
        embed_dims: int = 512,
        image_size: int = 224,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not channels or min(channels) < 1:
            raise ValueError(f"model.backbone.channels must be numbers of at least 1, one for each layer, got {channels!r}.")
        self.channels = tuple(channels)
        self.embed_dims, self.feature_dims = embed_dims, channels[-1]
        self.image_size = (image_size, image_size)
        self.text_tower = None
        self.visual = conv_tower(channels)
        self.visual_projection = nn.Parameter(channels[-1] ** -0.5 * torch.randn(channels[-1], embed_dims))
        # CLIP's initial value; a student replaces it by that of its teacher.
        self.logit_scale = nn.Parameter(torch.tensor([math.log(1 / 0.07)]))

    def encode_image(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (N, channels[-1]) and embeddings (N, embed_dims).

        Args:
            images: (N, 3, H, W) float, normalised.

        Raises:
            ValueError: H, W are not ``image_size``: the layers would take them, but were trained for another scale.
        """
        if tuple(images.shape[-2:]) != self.image_size:
            raise ValueError(
                f"The pipeline gives images of {tuple(images.shape[-2:])} px (height, width), but the image tower takes "
                f"{self.image_size}: change the image size of the data, or model.backbone.image_size."
            )
        features = self.visual(images)
        return features, features @ self.visual_projection
