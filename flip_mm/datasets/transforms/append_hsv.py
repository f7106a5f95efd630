# SPDX-License-Identifier: Apache-2.0
"""Transform that adds the HSV channels, which networks trained with depth maps take beside RGB."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform
from mmpretrain.registry import TRANSFORMS
from PIL import Image


@TRANSFORMS.register_module()
class AppendHSV(BaseTransform):
    """Change ``img`` from (H, W, 3) uint8 RGB to (H, W, 6) uint8: RGB, then hue, saturation and value of Pillow, all 0..255.

    The model needs a data preprocessor with six values: ``mean=(0,) * 6, std=(1,) * 6`` gives 0..1.

    Raises:
        ValueError: ``img`` is not (H, W, 3) uint8.
    """

    def transform(self, results: dict) -> dict:
        """Change ``results['img']``."""
        image = results["img"]
        if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.shape[2:] != (3,):
            raise ValueError("AppendHSV needs one image (H, W, 3) uint8 in RGB: put it after PILToNumpy.")
        hsv = np.asarray(Image.fromarray(np.ascontiguousarray(image)).convert("HSV"))
        results["img"] = np.concatenate([image, hsv], axis=2)
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
