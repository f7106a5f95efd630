# SPDX-License-Identifier: Apache-2.0
"""Images on which an exported file is compared with the trained model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmpretrain.registry import DATASETS
from numpy.typing import NDArray

from flip_mm.datasets.data_roots import DataRoots, parse_roots
from flip_mm.datasets.image_source import read_image_file
from flip_mm.inference.model_card import InputSpec
from flip_mm.inference.preprocessing import resized
from flip_mm.media.decoding import decode_image
from flip_mm.media.file_types import IMAGE_ENDINGS, is_image_name

SYNTHETIC = 32


@dataclass(frozen=True)
class Probes:
    """Crops of one input.

    Attributes:
        crops: (N, H, W, 3) uint8 RGB.
        source: What they are, e.g. ``'synthetic images'``.
        labels: (N,) 1 real, 0 spoof; None without labels.
        attacks: (N,) attack types; None without labels.
    """

    crops: NDArray[np.uint8]
    source: str
    labels: NDArray[np.int64] | None = None
    attacks: list[str] | None = None

    @property
    def is_labelled(self) -> bool:
        """Whether error rates can be computed."""
        return self.labels is not None and set(self.labels.tolist()) == {0, 1}


def choose_probes(dataset: Mapping[str, Any], spec: InputSpec, colour: str, count: int, required: bool) -> Probes:
    """Take test images, or synthetic ones if the data set is not on this machine.

    Args:
        dataset: Config of the data set.
        spec: The input.
        colour: Order of the channels at the end of its pipeline.
        count: Number of test images.
        required: Whether test images are required.

    Raises:
        OSError: See :func:`data_probes`; without ``required`` only if the folder of the data set exists.
        ValueError: See :func:`data_probes`.
    """
    root = dataset.get("data_root")
    if not required and not (root and _is_there(root)):
        return synthetic_probes(spec)
    return data_probes(dataset, spec, colour, count)


def _is_there(data_root: str) -> bool:
    try:
        root = parse_roots(data_root)
    except FileNotFoundError:
        return False
    return isinstance(root, DataRoots) or root.is_dir()


def synthetic_probes(spec: InputSpec, count: int = SYNTHETIC, seed: int = 0) -> Probes:
    """Make images that cover the range of an input: black, white, grey, ramps, noise, smooth colours; the same each time."""
    height, width = spec.size
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 255, width, dtype=np.uint8)[None, :, None]
    images = [np.full((height, width, 3), value, np.uint8) for value in (0, 255, 128)]
    images += [np.broadcast_to(part, (height, width, 3)) for part in (ramp, ramp[:, ::-1])]
    while len(images) < count:
        grid = rng.integers(0, 256, (*((2, 2), (5, 5), (16, 16), (height, width))[len(images) % 4], 3), np.uint8)
        images.append(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC))
    return Probes(np.stack(images[:count]), "synthetic images (fixed seed)")


def data_probes(dataset: Mapping[str, Any], spec: InputSpec, colour: str, count: int) -> Probes:
    """Take images of a test set, as many of either class, evenly spaced, and check how a prediction prepares them.

    Args:
        dataset: Config of the data set.
        spec: The input.
        colour: Order of the channels at the end of its pipeline.
        count: Number of images, or all of a smaller set.

    Raises:
        OSError: A list or an image is missing.
        ValueError: The data set has other samples than files with labels, or a prediction would prepare an image otherwise.
    """
    data = DATASETS.build(dict(dataset))
    labels = np.array([int(data.get_data_info(row)["gt_label"]) for row in range(len(data))])
    rows = sorted(row for label in (0, 1) for row in _spaced(np.flatnonzero(labels == label), count // 2))
    crops, attacks = [], []
    for row in rows:
        sample = data[row]
        crop = sample["inputs"].numpy().transpose(1, 2, 0)
        crops.append(crop if colour == "RGB" else crop[..., ::-1])
        info = data.get_data_info(row)
        attacks.append(str(info.get("attack_type", "")))
        image = decode_image(read_image_file(info["img_path"])) if "img_path" in info else crops[-1]
        if not np.array_equal(resized(image, spec), crops[-1]):
            raise ValueError(
                f"A prediction would prepare '{Path(info['img_path']).name}' otherwise than test_dataloader.dataset.pipeline: "
                "use the pipeline of configs/_base_/datasets."
            )
    target = (data.metainfo.get("run") or {}).get("target")
    return Probes(np.stack(crops), f"test images of {target}" if target else "test images", labels[rows], attacks)


def folder_crops(folder: Path, spec: InputSpec) -> NDArray[np.uint8]:
    """Read all pictures of a folder, which are face crops, in the order of their names.

    Raises:
        FileNotFoundError: There is no such folder, or no picture in it.
        ValueError: A file is no picture, or damaged.
    """
    paths = sorted(path for path in folder.rglob("*") if is_image_name(path.name)) if folder.is_dir() else []
    if not paths:
        raise FileNotFoundError(f"There is no picture ({', '.join(IMAGE_ENDINGS)}) in the folder '{folder}'.")
    crops = []
    for path in paths:
        try:
            crops.append(resized(decode_image(path.read_bytes()), spec))
        except (OSError, ValueError) as error:
            raise ValueError(f"The picture '{path}' cannot be read: {error}") from error
    return np.stack(crops)


def _spaced(rows: NDArray[np.int64], count: int) -> list[int]:
    """Take rows at equal distances."""
    if len(rows) <= count:
        return rows.tolist()
    return rows[np.linspace(0, len(rows) - 1, count).round().astype(int)].tolist()
