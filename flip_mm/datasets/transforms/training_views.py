# SPDX-License-Identifier: Apache-2.0
"""The views of a training image: the image itself, and two SimCLR views for FLIP-MCL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpretrain.registry import TRANSFORMS
from PIL import Image

from .opencv_view import render_view
from .pillow_steps import pillow_steps
from .view_parameters import ViewParameters, draw_view, flip_only

WAYS = ("opencv", "pillow", "device")


@TRANSFORMS.register_module()
class TrainingViews(BaseTransform):
    """Resize an image, flip it at random, and add SimCLR views of it.

    Changes ``img`` from (H, W, 3) uint8 BGR of any size to a list of the image and its SimCLR views, each (height, width, 3)
    uint8 RGB; to one array if there are none. The image is resized as in the release, by Pillow's bicubic filter. The random
    parameters have the published distributions. ``views`` says who draws and renders them:

    - ``'opencv'``: OpenCV, faster than Pillow, see docs/training_data.md. Numbers come from numpy's generator.
    - ``'pillow'``: torchvision, Pillow and MMPretrain: exactly the pixels and random numbers of version 0.1 and of the
      published tables.
    - ``'device'``: The data preprocessor renders the views of a batch on its device. ``img`` is the resized image, and
      ``view_parameters`` a list of the :class:`ViewParameters` of the views, which ``PackInputs`` must have in its meta keys.

    Args:
        image_size: Height, width of the image, and of each view.
        simclr_views: Number of SimCLR views: 0, or 2 for FLIP-MCL.
        scale: Range of the area of a random crop, as a share of the image.
        jitter: Largest change of brightness, contrast, saturation and hue.
        jitter_prob: Probability of a change of the colours.
        grey_prob: Probability of a grey view.
        sigmas: Range of the standard deviation of the Gaussian blur, in pixels.
        blur_prob: Probability of the blur.
        flip_prob: Probability of a horizontal flip, of each view.
        views: See above.
        simclr_size: Height, width of the SimCLR views, if it differs from that of the image; for research, see
            ``extra_image_sizes`` in docs/speed.md. Not with ``views='device'``.

    Raises:
        ValueError: A value is outside its range.
    """

    def __init__(
        self,
        image_size: Sequence[int],
        simclr_views: int = 0,
        scale: Sequence[float] = (0.08, 1.0),
        jitter: Sequence[float] = (0.4, 0.4, 0.4, 0.1),
        jitter_prob: float = 0.8,
        grey_prob: float = 0.2,
        sigmas: Sequence[float] = (0.1, 2.0),
        blur_prob: float = 0.5,
        flip_prob: float = 0.5,
        views: str = "opencv",
        simclr_size: Sequence[int] | None = None,
    ) -> None:
        settings = dict(scale=scale, jitter=jitter, jitter_prob=jitter_prob, grey_prob=grey_prob)
        settings |= dict(sigmas=sigmas, blur_prob=blur_prob, flip_prob=flip_prob)
        _check(image_size, simclr_views, views, simclr_size, **settings)
        self.simclr_size = tuple(simclr_size or image_size)
        self.size, self.simclr_views, self.views, self.flip_prob = tuple(image_size), simclr_views, views, flip_prob
        self.settings = settings
        steps = pillow_steps(image_size, simclr_views, simclr_size=simclr_size, **settings) if views == "pillow" else []
        self.steps = [TRANSFORMS.build(step) for step in steps]

    def transform(self, results: dict) -> dict:
        """Change ``results['img']``."""
        if self.views == "pillow":
            for step in self.steps:
                results = step(results)
            return results
        image = resize(cv2.cvtColor(results["img"], cv2.COLOR_BGR2RGB), self.size)
        parameters = self.draw()
        results["img_shape"] = self.size
        if self.views == "device":
            results.update(img=planar(image), view_parameters=parameters)
            return results
        sizes = [self.size, *[self.simclr_size] * self.simclr_views]
        rendered = [planar(render_view(image, view, size)) for view, size in zip(parameters, sizes, strict=True)]
        results["img"] = rendered if self.simclr_views else rendered[0]
        return results

    def draw(self) -> list[ViewParameters]:
        """Draw the parameters of the image and its SimCLR views."""
        simclr = [draw_view(*self.size, **self.settings) for _ in range(self.simclr_views)]
        return [flip_only(*self.size, self.flip_prob), *simclr]

    def __repr__(self) -> str:
        settings = dict(image_size=self.size, simclr_views=self.simclr_views, **self.settings, views=self.views)
        settings |= {} if self.simclr_size == self.size else dict(simclr_size=self.simclr_size)
        return f"{type(self).__name__}({', '.join(f'{key}={value!r}' for key, value in settings.items())})"


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize (H, W, 3) uint8 to ``size`` (height, width) by Pillow's bicubic filter, as the release."""
    return image if image.shape[:2] == size else np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.BICUBIC))


def planar(image: np.ndarray) -> np.ndarray:
    """Store (H, W, 3) channel by channel; the array looks the same, but ``PackInputs`` need not copy it."""
    channels = np.empty((image.shape[2], *image.shape[:2]), image.dtype)
    cv2.split(image, list(channels))
    return channels.transpose(1, 2, 0)


def _check(
    image_size: Sequence[int], simclr_views: int, views: str, simclr_size: Sequence[int] | None, **settings: Any
) -> None:
    low, high = settings["scale"]
    least, most = settings["sigmas"]
    *around_one, hue = settings["jitter"]
    checks = [
        ("views", views, views in WAYS, f"one of {', '.join(map(repr, WAYS))}"),
        ("image_size", image_size, _is_size(image_size), "height, width"),
        ("simclr_size", simclr_size, simclr_size is None or _is_size(simclr_size), "height, width"),
        ("simclr_size", simclr_size, simclr_size is None or views != "device", "None with views='device'"),
        ("simclr_views", simclr_views, simclr_views >= 0, "0 or more"),
        ("scale", settings["scale"], 0 < low <= high <= 1, "two shares, 0 < lowest <= highest <= 1"),
        ("sigmas", settings["sigmas"], 0 < least <= most, "two standard deviations, 0 < lowest <= highest"),
        ("jitter", settings["jitter"], len(around_one) == 3 and min(around_one) >= 0 and 0 <= hue <= 0.5, "four changes"),
        *((key, value, 0 <= value <= 1, "in 0..1") for key, value in settings.items() if key.endswith("_prob")),
    ]
    for key, value, fits, words in checks:
        if not fits:
            raise ValueError(f"TrainingViews: {key} must be {words}, got {value!r}.")


def _is_size(size: Sequence[int]) -> bool:
    return len(size) == 2 and min(size) > 0
