# SPDX-License-Identifier: Apache-2.0
"""Random change of the HSV saturation, an augmentation of FLIP's training images."""

from __future__ import annotations

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpretrain.registry import TRANSFORMS


def scale_saturation(image: np.ndarray, factor: float) -> np.ndarray:
    """Multiply the HSV saturation; hue and value stay the same.

    With V = max(R, G, B), a channel is V * (1 - S * k), where k in 0..1 depends only on the hue. So scaling S changes the
    distance of each channel from V. S is clipped to 1, and values are rounded. The released code does not clip S, so that the
    smallest channel can become negative and overflow in uint8, and it truncates values.

    Args:
        image: (H, W, 3) uint8, RGB or BGR.
        factor: 0 gives grey, 1 gives the same image.

    Returns:
        (H, W, 3) uint8.

    Example:
        >>> scale_saturation(np.array([[[200, 100, 150]]], dtype=np.uint8), 1.2).tolist()
        [[[200, 80, 140]]]
    """
    # Channel by channel: numpy is slow along an axis of three.
    channels = cv2.split(image)
    highest = cv2.max(cv2.max(*channels[:2]), channels[2])
    value = highest.astype(np.float32)
    scale = np.float32(factor)
    if factor > 1:
        depth = (highest - cv2.min(cv2.min(*channels[:2]), channels[2])).astype(np.float32)
        limit = np.divide(value, depth, out=np.full_like(value, np.inf), where=depth > 0)
        scale = np.minimum(scale, limit)
    scaled = []
    for channel in channels:
        distance = value - channel
        distance *= scale
        # OpenCV rounds halves to even numbers, as numpy.rint.
        scaled.append(cv2.convertScaleAbs(np.subtract(value, distance, out=distance)))
    return cv2.merge(scaled)


@TRANSFORMS.register_module()
class SaturationJitter(BaseTransform):
    """Apply :func:`scale_saturation` with a factor from U(1 - ``magnitude``, 1 + ``magnitude``) with probability ``prob``.

    Use it before resizing, as in the released code. Random numbers come from numpy's global generator, as in MMPretrain.

    Args:
        magnitude: 0..1.
        prob: 0..1.

    Raises:
        ValueError: A value is outside 0..1.
    """

    def __init__(self, magnitude: float = 0.2, prob: float = 0.5) -> None:
        for name, value in (("magnitude", magnitude), ("prob", prob)):
            if not 0 <= value <= 1:
                raise ValueError(f"SaturationJitter: {name} must be in 0..1, got {value}.")
        self.magnitude, self.prob = magnitude, prob

    def transform(self, results: dict) -> dict:
        """Change ``results['img']``, (H, W, 3) uint8."""
        factor = np.random.uniform(1 - self.magnitude, 1 + self.magnitude)  # noqa: NPY002
        if np.random.rand() < self.prob:  # noqa: NPY002
            results["img"] = scale_saturation(results["img"], factor)
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}(magnitude={self.magnitude}, prob={self.prob})"
