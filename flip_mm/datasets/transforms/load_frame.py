# SPDX-License-Identifier: Apache-2.0
"""Transform that reads an image file, and raises an error if the file is damaged."""

from __future__ import annotations

import cv2
from mmcv.transforms import LoadImageFromFile
from mmpretrain.registry import TRANSFORMS

from flip_mm.datasets.image_source import read_image_file
from flip_mm.media.decoding import decode_image


@TRANSFORMS.register_module()
class LoadFrame(LoadImageFromFile):
    """Read ``img_path`` into ``img``: (H, W, 3) uint8, BGR, the same pixels as ``cv2.imread`` in the release.

    Grey and palette images become colour, an alpha channel is dropped. If a sample has the key ``sha256``, the file must have
    that sum; otherwise it is checked for damage. See :func:`~flip_mm.media.decoding.decode_image`.

    Raises:
        ValueError: The file is empty, damaged, differs from its manifest, or has more than 8 bits per channel; or an image
            given as an array is not (H, W, 3) uint8.
        OSError: The file is no image, or is truncated.
        PIL.Image.DecompressionBombError: The image has far more pixels than a photo.
        PIL.Image.DecompressionBombWarning: The image has more than half as many pixels as that limit.
    """

    def __init__(self) -> None:
        super().__init__(imdecode_backend="pillow")

    def transform(self, results: dict) -> dict:
        """Set ``img``, ``img_shape`` and ``ori_shape``; MMPretrain's inferencers pass them without a path."""
        if "img_path" not in results and "img" in results:
            image = results["img"]
            if image.dtype != "uint8" or image.shape[2:] != (3,):
                raise ValueError(f"An image given as an array must be (H, W, 3) uint8, BGR, got {image.shape} {image.dtype}.")
            return results
        image = cv2.cvtColor(decode_image(read_image_file(results["img_path"]), results.get("sha256", "")), cv2.COLOR_RGB2BGR)
        results.update(img=image, img_shape=image.shape[:2], ori_shape=image.shape[:2])
        return results
