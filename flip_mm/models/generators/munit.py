# SPDX-License-Identifier: Apache-2.0
"""Encoders and decoder like those of MUNIT (Huang et al., ECCV 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F


def _halving(channels: Sequence[int], norm: type[nn.Module]) -> list[nn.Module]:
    """A convolution 7 x 7, then one that halves the side for each further width, with normalisation and ReLU."""
    sizes = [(3, channels[0], 7, 1, 3), *((n, m, 4, 2, 1) for n, m in pairwise(channels))]
    return [nn.Sequential(nn.Conv2d(*size), norm(size[1]), nn.ReLU()) for size in sizes]


class CodeEncoder(nn.Module):
    """Images (N, 3, H, W) -> codes (N, latent), with batch normalisation: the code may hold colours and contrast.

    MUNIT has no normalisation here; without it the codes of CDFTN become constant.
    """

    def __init__(self, channels: Sequence[int], latent: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*_halving(channels, nn.BatchNorm2d))
        self.latent = nn.Linear(channels[-1], latent)

    def forward(self, images: Tensor) -> Tensor:
        """Return the codes."""
        return self.latent(self.layers(images).mean((2, 3)))


class ContentEncoder(nn.Module):
    """Images (N, 3, H, W) -> maps (N, channels[-1], h, w), instance normalised."""

    def __init__(self, channels: Sequence[int], blocks: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*_halving(channels, nn.InstanceNorm2d))
        self.blocks = nn.ModuleList(ResidualBlock(channels[-1]) for _ in range(blocks))

    def forward(self, images: Tensor) -> Tensor:
        """Return the maps."""
        x = self.layers(images)
        for block in self.blocks:
            x = block(x)
        return x


class ResidualBlock(nn.Module):
    """Two convolutions 3 x 3 with instance normalisation; its scales and shifts may be given (AdaIN)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))

    def forward(self, x: Tensor, scales: Sequence[Tensor] | None = None) -> Tensor:
        """Return maps (N, width, h, w).

        Args:
            x: Maps of this shape.
            scales: Four tensors (N, width): scale minus 1 and shift of each normalisation; None for 0.
        """
        g1, b1, g2, b2 = (s[:, :, None, None] for s in scales) if scales is not None else (0.0, 0.0, 0.0, 0.0)
        y = (F.instance_norm(self.first(x)) * (1 + g1) + b1).relu()
        return x + F.instance_norm(self.second(y)) * (1 + g2) + b2


class AdaINDecoder(nn.Module):
    """Codes and content maps -> images (N, 3, H, W) in -1..1."""

    def __init__(self, channels: Sequence[int], blocks: int, latent: int) -> None:
        super().__init__()
        width = channels[-1]
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(blocks))
        self.scales = nn.Sequential(
            nn.Linear(latent, latent), nn.ReLU(), nn.Linear(latent, blocks * 4 * width), nn.Unflatten(1, (blocks, 4, width))
        )
        steps = [
            nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(n, m, 5, padding=2), nn.GroupNorm(1, m), nn.ReLU())
            for n, m in pairwise(reversed(channels))
        ]
        self.layers = nn.Sequential(*steps, nn.Conv2d(channels[0], 3, 7, padding=3))

    def forward(self, codes: Tensor, content: Tensor) -> Tensor:
        """Return the images."""
        x = content
        for block, scales in zip(self.blocks, self.scales(codes).unbind(1), strict=True):
            x = block(x, scales.unbind(1))
        return self.layers(x).tanh()
