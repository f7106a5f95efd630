# SPDX-License-Identifier: Apache-2.0
"""Run a ViT on images of another size than it was built for."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from open_clip.transformer import VisionTransformer
from torch import Tensor, nn
from torch.func import functional_call


def check_sizes(tower: nn.Module, sizes: Sequence[int]) -> None:
    """Refuse sizes that the image tower cannot take.

    Args:
        tower: Of open_clip.
        sizes: Sides in pixels.

    Raises:
        ValueError: The tower is no ViT of open_clip with one class token, or a size is no multiple of its patches.
    """
    if not sizes:
        return
    if not isinstance(tower, VisionTransformer):
        raise ValueError(
            f"model.backbone.extra_image_sizes={list(sizes)}: {type(tower).__name__}, the image tower of this arch, is no ViT "
            "of open_clip and takes one size; remove the setting."
        )
    patches = tower.patch_size
    if wrong := [size for size in sizes if any(size < patch or size % patch for patch in patches)]:
        raise ValueError(f"model.backbone.extra_image_sizes: {wrong[0]} is no multiple of the patches, {patches[0]} px.")


def encode_other_size(tower: VisionTransformer, images: Tensor) -> Tensor:
    """Run the tower with positional embeddings that are interpolated for the images, as open_clip does for other weights.

    Args:
        tower: A ViT of open_clip.
        images: (N, 3, H, W); H and W are multiples of the patches.

    Returns:
        The tower's output (N, d).
    """
    grid = [side // patch for side, patch in zip(images.shape[-2:], tower.patch_size, strict=True)]
    token, positions = tower.positional_embedding[:1], tower.positional_embedding[1:]
    positions = positions.T.unflatten(1, tuple(tower.grid_size))[None]
    resized = F.interpolate(positions, size=grid, mode="bicubic", antialias=True, align_corners=False)
    embedding = torch.cat([token, resized[0].flatten(1).T])
    return functional_call(tower, {"positional_embedding": embedding}, (images,))
