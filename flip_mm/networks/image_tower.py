# SPDX-License-Identifier: Apache-2.0
"""An image tower with a head, and the towers of open_clip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .heads import build_head


class ImageTowerClassifier(nn.Module):
    """An image tower, its projection and a head.

    Args:
        tower: Images (N, 3, H, W) -> features (N, d_v).
        projection: Shape (d_v, d_vl) of the projection after the tower; None if the tower contains it or the head classifies
            features.
        head: Embeddings or features -> logits and similarities.
    """

    def __init__(self, tower: nn.Module, projection: tuple[int, int] | None, head: nn.Module) -> None:
        super().__init__()
        self.tower = tower
        self.register_buffer("projection", None if projection is None else torch.zeros(projection))
        self.head = head

    def embed(self, images: Tensor) -> Tensor:
        """Return the input of the head (N, d)."""
        features = self.tower(images)
        return features if self.projection is None else features @ self.projection

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """See :class:`~flip_mm.networks.build.Network`."""
        return self.head(self.embed(images))


def build_open_clip(
    embed_dim: int,
    vision_cfg: Mapping[str, Any],
    head: Mapping[str, Any],
    quick_gelu: bool = False,
    projection: list[int] | None = None,
) -> ImageTowerClassifier:
    """Build the image tower of open_clip's architecture.

    Args:
        embed_dim: d_vl.
        vision_cfg: As in open_clip's JSON files, with the image size that the tower is built for.
        head: ``kind`` and arguments of the head.
        quick_gelu: Whether a ViT of open_clip uses QuickGELU.
        projection: Shape of the projection matrix after the tower, see :class:`ImageTowerClassifier`.
    """
    from open_clip.model import _build_vision_tower

    # timm would load an architecture with a prefix, such as 'hf-hub:', from the network or a folder.
    if not str(vision_cfg.get("timm_model_name") or "").replace(".", "_").isidentifier() and vision_cfg.get("timm_model_name"):
        raise ValueError(f"vision_cfg.timm_model_name is {vision_cfg['timm_model_name']!r:.80}, which is no name in timm")

    tower = _build_vision_tower(embed_dim, {**vision_cfg, "timm_model_pretrained": False}, quick_gelu)
    trunk = getattr(tower, "trunk", None)
    # timm builds a tower for the size in its name and ignores vision_cfg.
    if hasattr(trunk, "set_input_size"):
        trunk.set_input_size(vision_cfg["image_size"])
    if isinstance(getattr(tower, "proj", None), nn.Parameter):
        tower.proj = None
    return ImageTowerClassifier(tower, None if projection is None else tuple(projection), build_head(**head))
