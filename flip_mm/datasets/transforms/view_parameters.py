# SPDX-License-Identifier: Apache-2.0
"""The random parameters of a SimCLR view, drawn apart from the pixels, so that CPU and GPU can render the same view."""

from __future__ import annotations

from typing import NamedTuple

# Names of the colour changes; `order` of a view has their numbers.
COLOUR_CHANGES = ("brightness", "contrast", "saturation", "hue")
# Trials of a random crop before the central one, as in torchvision.
TRIALS = 10


class ViewParameters(NamedTuple):
    """What one view does to an image, in this order.

    Attributes:
        crop: Top, left, height, width in pixels of the image; the crop is resized to the size of the view.
        order: Numbers of :data:`COLOUR_CHANGES` in the order of their application; empty if no colour is changed.
        factors: Brightness, contrast, saturation (1 changes nothing) and hue (0 changes nothing; 1 is a full turn).
        grey: Whether the view becomes grey.
        sigma: Standard deviation of the Gaussian blur in pixels of the view; 0 without blur.
        flip: Whether the view is flipped horizontally.
    """

    crop: tuple[int, int, int, int]
    order: tuple[int, ...] = ()
    factors: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 0.0)
    grey: bool = False
    sigma: float = 0.0
    flip: bool = False
