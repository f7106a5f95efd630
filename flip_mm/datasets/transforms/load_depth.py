# SPDX-License-Identifier: Apache-2.0
"""Transform that adds the depth map of an image: the target of methods with auxiliary depth."""

from __future__ import annotations

from functools import cache

import numpy as np
from mmcv.transforms import BaseTransform
from mmpretrain.registry import TRANSFORMS

from flip_mm.labels import REAL, SPOOF

# Centre and half axes of the face in a crop, in units of the crop's side: crop_face leaves a tenth of the box on each side.
CENTRE, HALF_WIDTH, HALF_HEIGHT = (0.5, 0.5), 0.32, 0.42


@TRANSFORMS.register_module()
class LoadDepth(BaseTransform):
    """Put the depth map into ``depth``: (1, size, size) float32 in 0..1, 1 nearest; zero for the background and for spoof.

    The map of an unlabelled image is NaN, so that no loss can use it by mistake. Put the step after ``RandomFlip``: the map is
    flipped if the image was.

    Args:
        size: Side of the map, g; usually the image's side / 8.
        depth_root: Folder with a map of every real image, see docs/depth.md. None: the folder ``depth`` of the data root if
            there is one, otherwise the substitute :func:`ellipsoid`.

    Raises:
        ValueError: ``size`` is no whole number above 0, or the image was flipped in another direction than horizontally.
    """

    def __init__(self, size: int, depth_root: str | None = None) -> None:
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"LoadDepth: size must be a whole number above 0, got {size!r}.")
        self.size, self.depth_root = size, depth_root

    def transform(self, results: dict) -> dict:
        """Set ``results['depth']``."""
        depth = self._depth(results)
        if results.get("flip"):
            if results["flip_direction"] != "horizontal":
                raise ValueError("LoadDepth: a map is only flipped horizontally; set direction='horizontal' in RandomFlip.")
            depth = depth[:, ::-1]
        results["depth"] = np.ascontiguousarray(depth[None], np.float32)
        return results

    def _depth(self, results: dict) -> np.ndarray:
        if results["gt_label"] == SPOOF:
            return np.zeros((self.size, self.size))
        if results["gt_label"] != REAL:
            return np.full((self.size, self.size), np.nan)
        return ellipsoid(self.size)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size}, depth_root={self.depth_root!r})"


@cache
def ellipsoid(size: int) -> np.ndarray:
    """Return the depth of an ellipsoid where the face is in a crop, (size, size) in 0..1; 0 outside the face.

    With x and y in 0..1 over the crop: z = sqrt(1 - ((x - 0.5) / 0.32)^2 - ((y - 0.5) / 0.42)^2).

    Example:
        >>> ellipsoid(4).round(2).tolist()[1]
        [0.0, 0.87, 0.87, 0.0]
    """
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size
    return np.sqrt(np.clip(1 - ((x - CENTRE[0]) / HALF_WIDTH) ** 2 - ((y - CENTRE[1]) / HALF_HEIGHT) ** 2, 0, None))
