# SPDX-License-Identifier: Apache-2.0
"""The random parameters of a SimCLR view, drawn apart from the pixels, so that CPU and GPU can render the same view."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

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


def draw_view(
    height: int,
    width: int,
    scale: tuple[float, float] = (0.08, 1.0),
    ratio: tuple[float, float] = (3 / 4, 4 / 3),
    jitter: tuple[float, float, float, float] = (0.4, 0.4, 0.4, 0.1),
    jitter_prob: float = 0.8,
    grey_prob: float = 0.2,
    sigmas: tuple[float, float] = (0.1, 2.0),
    blur_prob: float = 0.5,
    flip_prob: float = 0.5,
) -> ViewParameters:
    """Draw a SimCLR view of an image from numpy's global generator, which the data set seeds for each sample.

    The distributions are those of torchvision's ``RandomResizedCrop``, ``ColorJitter`` and ``RandomGrayscale``.

    Args:
        height: Height of the image in pixels.
        width: Its width.
        scale: Range of the crop's area, as a share of the image's area.
        ratio: Range of its width / height.
        jitter: Largest change of brightness, contrast, saturation (factor 1 - x to 1 + x) and hue (turn of -x to x).
        jitter_prob: Probability that the colours change.
        grey_prob: Probability of a grey view.
        sigmas: Range of the blur's standard deviation, in pixels of the view.
        blur_prob: Probability of the blur.
        flip_prob: Probability of the horizontal flip.

    Returns:
        The parameters of the view.
    """
    rand, uniform = np.random.random, np.random.uniform
    crop = draw_crop(height, width, scale, ratio)
    order, factors = (), (1.0, 1.0, 1.0, 0.0)
    if rand() < jitter_prob:
        order = tuple(np.random.permutation(len(COLOUR_CHANGES)).tolist())  # noqa: NPY002
        *around_one, hue = jitter
        factors = (*(uniform(max(0.0, 1 - change), 1 + change) for change in around_one), uniform(-hue, hue))
    grey = bool(rand() < grey_prob)
    sigma = uniform(*sigmas) if rand() < blur_prob else 0.0
    return ViewParameters(crop, order, factors, grey, sigma, draw_flip(flip_prob))


def draw_crop(
    height: int, width: int, scale: tuple[float, float] = (0.08, 1.0), ratio: tuple[float, float] = (3 / 4, 4 / 3)
) -> tuple[int, int, int, int]:
    """Draw a crop as torchvision's ``RandomResizedCrop``: top, left, height, width; central after 10 failed trials."""
    uniform, integer = np.random.uniform, np.random.randint
    low, high = math.log(ratio[0]), math.log(ratio[1])
    for _ in range(TRIALS):
        area = height * width * uniform(*scale)
        shape = math.exp(uniform(low, high))
        w, h = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
        if 0 < w <= width and 0 < h <= height:
            return int(integer(0, height - h + 1)), int(integer(0, width - w + 1)), h, w
    shape = min(max(width / height, ratio[0]), ratio[1])
    w, h = min(width, round(height * shape)), min(height, round(width / shape))
    return (height - h) // 2, (width - w) // 2, h, w


def draw_flip(prob: float = 0.5) -> bool:
    """Draw whether a view is flipped."""
    return bool(np.random.random() < prob)  # noqa: NPY002


def flip_only(height: int, width: int, prob: float = 0.5) -> ViewParameters:
    """Draw the view of an image that is only flipped."""
    return ViewParameters((0, 0, height, width), flip=draw_flip(prob))
