# SPDX-License-Identifier: Apache-2.0
"""Read an image file, and refuse what would be read wrongly."""

from __future__ import annotations

import warnings

from mmcv.transforms import LoadImageFromFile
from mmpretrain.registry import TRANSFORMS
from PIL import Image

from flip_mm.datasets.bit_depth import check_bit_depth


@TRANSFORMS.register_module()
class LoadFrame(LoadImageFromFile):
    """mmcv's ``LoadImageFromFile`` with Pillow: ``img_path`` -> ``img``, (H, W, 3) uint8, BGR.

    Grey and palette images become colour, an alpha channel is dropped. Files of more than 8 bits per channel are refused,
    because Pillow would clip them to white, and so are decompression bombs.

    Raises:
        ValueError: The file has more than 8 bits per channel, or an image given in its place is not (H, W, 3) uint8.
        OSError: It is no image, or truncated.
        PIL.Image.DecompressionBombError: It has far more pixels than any photo.
        PIL.Image.DecompressionBombWarning: The same, from half of that size on.
    """

    def __init__(self) -> None:
        super().__init__(imdecode_backend="pillow")

    def transform(self, results: dict) -> dict:
        """Fill in ``img``, ``img_shape`` and ``ori_shape``; MMPretrain's inferencers bring them along and no path."""
        if "img_path" not in results and "img" in results:
            image = results["img"]
            if image.dtype != "uint8" or image.shape[2:] != (3,):
                raise ValueError(f"An image given as an array must be (H, W, 3) uint8, BGR, got {image.shape} {image.dtype}.")
            return results
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(results["img_path"]) as image:
                check_bit_depth(image)
            return super().transform(results)
