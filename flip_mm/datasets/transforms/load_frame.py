# SPDX-License-Identifier: Apache-2.0
"""Read an image file, and refuse what would be read wrongly."""

from __future__ import annotations

from mmcv.transforms import LoadImageFromFile
from mmengine import fileio
from mmpretrain.registry import TRANSFORMS

from flip_mm.media.decoding import decode_image


@TRANSFORMS.register_module()
class LoadFrame(LoadImageFromFile):
    """mmcv's ``LoadImageFromFile``: ``img_path`` -> ``img``, (H, W, 3) uint8, BGR, as the release's ``cv2.imread`` reads it.

    Grey and palette images become colour, an alpha channel is dropped. Where a sample has the key ``sha256``, the bytes that
    are decoded must have that sum; elsewhere they are searched for damage. See
    :func:`~flip_mm.media.decoding.decode_image`.

    Raises:
        ValueError: The file is empty, damaged, not what its manifest says, or has more than 8 bits per channel; or an image
            given in its place is not (H, W, 3) uint8.
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
        data = fileio.get(results["img_path"], backend_args=self.backend_args)
        image = decode_image(data, results.get("sha256", ""))[..., ::-1]
        results.update(img=image, img_shape=image.shape[:2], ori_shape=image.shape[:2])
        return results
