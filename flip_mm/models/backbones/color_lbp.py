# SPDX-License-Identifier: Apache-2.0
"""Histograms of local binary patterns in two colour spaces: features of the time before deep networks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor

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
        # Patterns of whole numbers: rounding noise would decide between equal neighbours.
        planes = (255 * torch.cat([hsv(images), torch.einsum("cr,nrhw->nchw", images.new_tensor(YCBCR), images)], 1)).round()
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


def hsv(images: Tensor) -> Tensor:
    """Return hue, saturation and value in 0..1, (N, 3, H, W), of RGB images in 0..1; the hue of grey is 0.

    Example:
        >>> hsv(torch.tensor([0.0, 0.5, 0.25]).reshape(1, 3, 1, 1)).flatten().tolist()
        [0.4166666567325592, 1.0, 0.5]
    """
    red, green, blue = images.unbind(1)
    value, largest = images.max(1)
    spread = value - images.min(1).values
    safe = spread.clamp(min=1e-12)
    sixths = torch.stack([((green - blue) / safe) % 6, (blue - red) / safe + 2, (red - green) / safe + 4], 1)
    hue = sixths.gather(1, largest[:, None])[:, 0] / 6 * (spread > 0)
    return torch.stack([hue, spread / value.clamp(min=1e-12), value], 1)
