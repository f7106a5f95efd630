# SPDX-License-Identifier: Apache-2.0
"""A transformer block with parallel adapters and feature-wise transformation (few_shot_fas, ECCV 2022)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Of the softplus that keeps the scales of the noise positive.
SHARPNESS = 100
ADAPTER_STD = 2e-4


class Adapter(nn.Module):
    """A bottleneck of two linear layers with GELU, without a residual.

    Args:
        dims: Width of tokens.
        channels: Width of the bottleneck.
    """

    def __init__(self, dims: int, channels: int) -> None:
        super().__init__()
        self.down, self.up = nn.Linear(dims, channels), nn.Linear(channels, dims)
        for layer in (self.down, self.up):
            nn.init.normal_(layer.weight, std=ADAPTER_STD)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, L, dims) for tokens (N, L, dims)."""
        return self.up(F.gelu(self.down(x)))


class FeatureWiseTransform(nn.Module):
    """Noise in training: scales and shifts all tokens by draws of the normal distribution, one per channel and forward pass.

    Args:
        dims: Width of tokens.
        gamma: Initial value that gives the standard deviation of the scales, before the softplus.
        beta: The same for the shifts.
    """

    def __init__(self, dims: int, gamma: float, beta: float) -> None:
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.full((dims,), gamma)), nn.Parameter(torch.full((dims,), beta))

    def noise(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """Return the draws for scales and shifts, (dims,) each."""
        return torch.randn_like(like[0, 0]), torch.randn_like(like[0, 0])

    def forward(self, x: Tensor) -> Tensor:
        """Return the transformed tokens (N, L, dims); the same tokens in evaluation mode."""
        if not self.training:
            return x
        scale, shift = self.noise(x)
        return x * (1 + scale * F.softplus(self.gamma, SHARPNESS)) + shift * F.softplus(self.beta, SHARPNESS)


class AdaptedBlock(nn.Module):
    r"""A block of timm's vision transformer with two adapters after the attention and two after the MLP.

    With the output :math:`h` of attention or MLP, :math:`x \leftarrow x + (h + A_1(h)) + (h + A_2(h))`. In the released code
    both adapters have a residual connection, so :math:`h` counts twice; ``doubled=False`` counts it once.

    Args:
        block: timm's block; its layers keep their names.
        channels: Width of the adapters.
        gamma: See :class:`FeatureWiseTransform`.
        beta: See :class:`FeatureWiseTransform`.
        doubled: Whether both adapters have a residual connection.

    Attributes:
        measures_cosines (bool): Whether a training pass sets :attr:`squared_cosines`.
        squared_cosines (tuple[Tensor, ...]): Of the last training pass: mean over images and tokens of the squared cosine of
            the outputs of both adapters, residual included, after the attention and after the MLP.
    """

    def __init__(self, block: nn.Module, channels: int, gamma: float, beta: float, doubled: bool) -> None:
        super().__init__()
        self.norm1, self.attn, self.norm2, self.mlp = block.norm1, block.attn, block.norm2, block.mlp
        dims = self.norm1.normalized_shape[0]
        self.attn_adapters = nn.ModuleList(Adapter(dims, channels) for _ in range(2))
        self.mlp_adapters = nn.ModuleList(Adapter(dims, channels) for _ in range(2))
        self.transform = FeatureWiseTransform(dims, gamma, beta)
        self.doubled = doubled
        self.measures_cosines = False
        self.squared_cosines: tuple[Tensor, ...] = ()

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens (N, L, dims) for tokens (N, L, dims)."""
        self.squared_cosines = ()
        x = x + self._adapt(self.attn(self.norm1(x)), self.attn_adapters)
        x = x + self._adapt(self.mlp(self.norm2(x)), self.mlp_adapters)
        return self.transform(x)

    def _adapt(self, h: Tensor, adapters: nn.ModuleList) -> Tensor:
        first, second = (adapter(h) for adapter in adapters)
        if self.training and self.measures_cosines:
            self.squared_cosines += (F.cosine_similarity(h + first, h + second, dim=-1).square().mean(),)
        return (h + first) + (h + second) if self.doubled else h + first + second
