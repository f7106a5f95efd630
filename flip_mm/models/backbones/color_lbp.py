# SPDX-License-Identifier: Apache-2.0
"""Histograms of local binary patterns in two colour spaces: features of the time before deep networks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor

from flip_mm.models.rgb_to_hsv import rgb_to_hsv

# The eight neighbours in a circle.
NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
# RGB -> Y, Cb, Cr of JPEG, without the offsets, which change no pattern.
YCBCR = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
CHANNELS = 6


def uniform_patterns() -> list[int]:
    """Return 256 patterns -> 59 bins: each pattern with at most two changes in the circle has its own, all others share one.

    Example:
        >>> len({*uniform_patterns()}), uniform_patterns()[0b01010101]
        (59, 58)
    """
    bits = [[pattern >> i & 1 for i in range(8)] for pattern in range(256)]
    uniform = [pattern for pattern, row in enumerate(bits) if sum(row[i] != row[i - 1] for i in range(8)) <= 2]
    return [uniform.index(pattern) if pattern in uniform else len(uniform) for pattern in range(256)]


@MODELS.register_module()
class ColorLBP(BaseModule):
    """Histograms of uniform local binary patterns in HSV and YCbCr at several radii; it has no weights.

    Args:
        radii: Distances of the neighbours in pixels.
        init_cfg: mmengine's.

    Attributes:
        out_channels (int): Length of the features: 6 channels x 59 bins x number of radii.

    Raises:
        ValueError: A radius is no whole number above 0.
    """

    def __init__(self, radii: Sequence[int] = (1, 2, 4), init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        if not radii or any(not isinstance(radius, int) or radius < 1 for radius in radii):
            raise ValueError(f"model.backbone.radii={radii!r} must be whole numbers above 0.")
        self.radii = tuple(radii)
        self.register_buffer("bins", torch.tensor(uniform_patterns()), persistent=False)
        self.out_channels = CHANNELS * (int(self.bins.max()) + 1) * len(self.radii)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Return features (N, out_channels); the bins of each channel and radius sum to 1.

        Args:
            images: (N, 3, H, W), RGB in 0..1: the preprocessor has mean 0 and standard deviation 1.
        """
        ycbcr = torch.einsum("cr,nrhw->nchw", images.new_tensor(YCBCR), images)
        # Patterns of whole numbers: rounding noise would decide between equal neighbours.
        planes = (255 * torch.cat([rgb_to_hsv(images), ycbcr], 1)).round()
        return (torch.cat([self._histograms(planes, radius) for radius in self.radii], 1),)

    def _histograms(self, planes: Tensor, radius: int) -> Tensor:
        height, width = (side - 2 * radius for side in planes.shape[2:])
        centre = planes[:, :, radius : radius + height, radius : radius + width]
        codes = torch.zeros_like(centre, dtype=torch.long)
        for number, (down, right) in enumerate(NEIGHBOURS):
            top, left = radius * (1 + down), radius * (1 + right)
            codes |= (planes[:, :, top : top + height, left : left + width] >= centre).long() << number
        found = self.bins[codes].flatten(2)
        counts = planes.new_zeros(*found.shape[:2], int(self.bins.max()) + 1)
        return counts.scatter_add_(2, found, torch.ones_like(found, dtype=counts.dtype)).flatten(1) / (height * width)
