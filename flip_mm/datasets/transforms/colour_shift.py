# SPDX-License-Identifier: Apache-2.0
"""Random change of brightness, separately for each channel, and of the gamma."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmpretrain.registry import TRANSFORMS


@TRANSFORMS.register_module()
class ColourShift(BaseTransform):
    """Add a value to each channel, then apply a gamma curve, as in the training of CDCN.

    Args:
        add: Largest value, of 255; each channel gets its own from U(-add, add).
        gamma: Range of the exponent; 1 changes nothing, a larger one makes the image darker.

    Raises:
        ValueError: ``add`` is not in 0..255, or ``gamma`` is no range above 0.
    """

    def __init__(self, add: float = 40, gamma: Sequence[float] = (0.5, 1.5)) -> None:
        if not 0 <= add <= 255 or len(gamma) != 2 or not 0 < gamma[0] <= gamma[1]:
            raise ValueError(f"ColourShift: add must be in 0..255 and gamma a range above 0, got add={add!r}, gamma={gamma!r}.")
        self.add, self.gamma = add, tuple(gamma)

    def transform(self, results: dict) -> dict:
        """Change ``results['img']``, (H, W, 3) uint8."""
        shift = np.random.uniform(-self.add, self.add, 3)  # noqa: NPY002
        gamma = np.random.uniform(*self.gamma)  # noqa: NPY002
        table = np.clip(np.arange(256)[:, None] + shift, 0, 255) / 255
        table = np.rint(255 * table**gamma).astype(np.uint8)
        image = results["img"]
        results["img"] = np.stack([table[:, channel][image[..., channel]] for channel in range(3)], axis=2)
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}(add={self.add}, gamma={self.gamma})"
