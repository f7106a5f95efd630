# SPDX-License-Identifier: Apache-2.0
"""Transform that adds the depth map of an image: the target of methods with auxiliary depth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmpretrain.registry import TRANSFORMS
from PIL import Image

from flip_mm.datasets.depth_maps import SUBSTITUTE, depth_folder, map_file
from flip_mm.datasets.image_source import read_image_file
from flip_mm.datasets.required_files import check_depth_maps
from flip_mm.datasets.sample_table import SampleTable
from flip_mm.labels import REAL, SPOOF
from flip_mm.media.decoding import decode_image
from flip_mm.utils.text import first_few

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

    Attributes:
        source (str): Where the maps come from.

    Raises:
        OSError: A map is missing or no image.
        ValueError: ``size`` is no whole number above 0; the image was flipped in another direction than horizontally; a map has
            colours.
    """

    def __init__(self, size: int, depth_root: str | None = None) -> None:
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"LoadDepth: size must be a whole number above 0, got {size!r}.")
        self.size, self.depth_root = size, depth_root
        # Start of the image paths of a data root -> folder of its maps.
        self.folders: dict[str, str] = {}
        self.source = SUBSTITUTE

    def find_maps(self, samples: SampleTable) -> None:
        """Find the maps of a data set.

        Raises:
            FileNotFoundError: Maps of real images are missing.
            ValueError: Some data roots of the data set have maps and others have none.
        """
        found = {prefix: depth_folder(prefix, self.depth_root) for prefix, _ in samples.by_folder()}
        sources = sorted({source for _, source in found.values()})
        if SUBSTITUTE in sources[:-1] or sources[0] != sources[-1] == SUBSTITUTE:
            without = [prefix for prefix, (folder, _) in found.items() if not folder]
            raise ValueError(
                f"There are depth maps of some domains, but not of the images in {first_few(without)}: give a folder "
                "with the maps of all by --depth-root, see docs/depth.md."
            )
        self.folders, self.source = {prefix: folder for prefix, (folder, _) in found.items()}, " and ".join(sources)
        for prefix, own in samples.by_folder():
            if self.folders[prefix]:
                check_depth_maps(own, self.folders[prefix])

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
        if self.depth_root is not None and not self.folders:
            raise ValueError("LoadDepth: depth_root is only read by FASDataset; remove it, or use this data set.")
        path = results.get("img_path", "")
        prefix = next((prefix for prefix, folder in self.folders.items() if folder and path.startswith(prefix)), None)
        if prefix is None:
            return ellipsoid(self.size)
        return read_map(self.folders[prefix] + map_file(path.removeprefix(prefix)), self.size)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(size={self.size}, depth_root={self.depth_root!r})"


def check_flips(steps: Sequence[Any]) -> None:
    """Check that a pipeline with :class:`LoadDepth` flips image and map together.

    Raises:
        ValueError: A step flips the image alone.
    """
    number = next((number for number, step in enumerate(steps) if isinstance(step, LoadDepth)), len(steps))
    # MMPretrain wraps the transforms of torchvision.
    names = [type(getattr(step, "t", step)).__name__ for step in steps]
    alone = [name for name in names if name == "RandomHorizontalFlip"] + [
        name for name in names[number:] if name == "RandomFlip"
    ]
    alone += [name for name, step in zip(names, steps, strict=True) if name == "TrainingViews" and step.flip_prob]
    if number < len(steps) and alone:
        raise ValueError(
            f"{alone[0]} would flip the image without its depth map: use dict(type='RandomFlip', prob=0.5, "
            "direction='horizontal') before LoadDepth, as configs/_base_/datasets/mcio_depth_bs10_256.py."
        )


def read_map(path: str, size: int) -> np.ndarray:
    """Read a depth map: (size, size) in 0..1, resized by Pillow's bicubic filter.

    Args:
        path: A grey image of any size, 0 the background.
        size: Side of the result.

    Raises:
        OSError: There is no such file, or it is no image.
        ValueError: It has colours, or more than 8 bits.
    """
    colours = decode_image(read_image_file(path))
    grey = colours[..., 0]
    if (colours != grey[..., None]).any():
        raise ValueError(
            f"the depth map '{path}' has colours: it must be grey, the nearer the brighter, and 0 outside the face"
        )
    return np.asarray(Image.fromarray(grey).resize((size, size), Image.Resampling.BICUBIC)) / 255


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
