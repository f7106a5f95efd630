# SPDX-License-Identifier: Apache-2.0
"""HSV channels of images, with a gradient."""

from __future__ import annotations

import torch
from torch import Tensor


def rgb_to_hsv(rgb: Tensor) -> Tensor:
    """Return hue, saturation and value (N, 3, H, W) of RGB images (N, 3, H, W), all in 0..1; the hue of grey is 0.

    The formula is that of Pillow, which :class:`~flip_mm.datasets.transforms.AppendHSV` uses, without its rounding.

    Example:
        >>> rgb_to_hsv(torch.tensor([0.5, 1.0, 0.5]).view(1, 3, 1, 1)).flatten().tolist()  # green, half saturated
        [0.3333333432674408, 0.5, 1.0]
    """
    r, g, b = rgb.unbind(1)
    value, smallest = rgb.amax(dim=1), rgb.amin(dim=1)
    difference = value - smallest
    grey = difference <= 0
    # Divisions by 0 would give gradients that are no numbers.
    safe, bright = torch.where(grey, 1, difference), torch.where(value <= 0, 1, value)
    sector = torch.where(r == value, (g - b) / safe % 6, torch.where(g == value, 2 + (b - r) / safe, 4 + (r - g) / safe))
    hue = torch.where(grey, 0, sector / 6)
    return torch.stack([hue, difference / bright, value], dim=1)


def append_hsv(rgb: Tensor) -> Tensor:
    """Return RGB and HSV, (N, 6, H, W), of RGB images (N, 3, H, W), all in 0..1."""
    return torch.cat([rgb, rgb_to_hsv(rgb)], dim=1)
