# SPDX-License-Identifier: Apache-2.0
"""Read recordings that are stored as HDF5."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from flip_mm.utils.text import first_few

from .frames import UnreadableError

# A chunk is always decompressed as a whole.
LARGEST_CHUNK = 1 << 30
LISTED = 20


class HDF5Frames:
    """:class:`~flip_mm.media.frames.Frames` of the one colour stream of an HDF5 file.

    A colour stream is uint8 in the order red, green, blue (as in Idiap's WMCA, CSMAD and 3DMAD), stored as

    - a dataset (N, 3, H, W) or (N, H, W, 3), as 3DMAD's ``Color_Data``; or
    - datasets (3, H, W) or (H, W, 3) of the same shape with paths that differ only in the numbers of one name, as WMCA's
      ``Frame_0/array`` or CSMAD's ``data/sr300/color/09_35_58_990``. They are sorted by these numbers; the index of a frame
      is its position in that order, even if numbers are missing.

    Links to other files are not followed, and data in other files are an error.

    Args:
        path: The file.

    Raises:
        UnreadableError: There is no colour stream or more than one; the file is truncated, damaged or incomplete; frames are
            too large.
        OSError: The file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            if not file.read(1):
                raise UnreadableError("it is empty")
        try:
            self._file = h5py.File(path, "r")
        except OSError as error:
            raise UnreadableError(f"it is no HDF5 file, or is truncated ({error})") from error
        try:
            self._frames, self._stack = _color_stream(self._file)
        except UnreadableError:
            self.close()
            raise
        except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
            self.close()
            raise UnreadableError(f"it is damaged ({error})") from error

    def __len__(self) -> int:
        """Number of frames."""
        return len(self._frames) if self._stack is None else len(self._stack)

    def __getitem__(self, index: int) -> np.ndarray:
        """Frame ``index`` (from 0): (H, W, 3) uint8 RGB."""
        if not 0 <= index < len(self):
            raise IndexError(f"frame {index} of {len(self)}")
        try:
            image = self._frames[index][()] if self._stack is None else self._stack[index]
        except (OSError, RuntimeError) as error:
            raise UnreadableError(f"it is damaged: frame {index} cannot be read ({error})") from error
        return np.ascontiguousarray(image if image.shape[2] == 3 else image.transpose(1, 2, 0))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _color_stream(file: h5py.File) -> tuple[list[h5py.Dataset], h5py.Dataset | None]:
    """Find the colour stream: a list of frames, or one dataset with all frames."""
    datasets: list[h5py.Dataset] = []
    # visititems follows neither soft nor external links.
    file.visititems(lambda _, node: datasets.append(node) if isinstance(node, h5py.Dataset) else None)
    stacks, series = [], defaultdict(list)
    for dataset in datasets:
        if dataset.dtype != np.uint8 or not dataset.shape or not _is_color(dataset.shape[-3:]):
            continue
        numbers, pattern = _numbered(dataset.name)
        if len(dataset.shape) == 4:
            stacks.append(dataset)
        elif len(dataset.shape) == 3 and numbers:
            series[pattern, dataset.shape].append((numbers, dataset))
    if len(stacks) + len(series) != 1:
        number = len(stacks) + len(series)
        raise UnreadableError(f"it must have one colour stream, but has {number or 'none'}: {_listing(datasets)}")
    frames: list[h5py.Dataset] = []
    for members in series.values():
        members.sort(key=lambda member: member[0])
        if len({numbers for numbers, _ in members}) < len(members):
            raise UnreadableError(f"two of its frames have the same number: {_listing(datasets)}")
        frames = [dataset for _, dataset in members]
    for dataset in stacks or frames:
        _check_storage(dataset)
    return frames, stacks[0] if stacks else None


def _is_color(shape: tuple[int, ...]) -> bool:
    """Whether either the first or the last dimension is 3."""
    return len(shape) == 3 and (shape[0] == 3) != (shape[2] == 3)


def _numbered(path: str) -> tuple[tuple[int, ...], str]:
    """Numbers in the last part of a path that contains numbers, and the path with ``#`` in their place."""
    names = path.split("/")
    for position in reversed(range(len(names))):
        numbers = re.findall(r"\d+", names[position])
        if numbers:
            names[position] = re.sub(r"\d+", "#", names[position])
            return tuple(map(int, numbers)), "/".join(names)
    return (), path


def _check_storage(dataset: h5py.Dataset) -> None:
    """Raise UnreadableError for data in other files, incomplete data, and data that do not fit into memory."""
    name, shape = dataset.name, dataset.shape
    if dataset.external or dataset.is_virtual:
        raise UnreadableError(f"the data of {name} are stored in other files, which are not read")
    if not dataset.size:
        raise UnreadableError(f"{name} {shape} is empty")
    if np.prod(shape[-3:], dtype=float) > 3 * Image.MAX_IMAGE_PIXELS:
        raise UnreadableError(f"the frames of {name} {shape} have too many pixels")
    if dataset.chunks is None:
        complete = dataset.id.get_storage_size() >= dataset.size
    else:
        if np.prod(dataset.chunks, dtype=float) > LARGEST_CHUNK:
            raise UnreadableError(f"the chunks {dataset.chunks} of {name} {shape} are too large")
        needed = np.prod([-(-size // chunk) for size, chunk in zip(shape, dataset.chunks, strict=True)], dtype=float)
        complete = dataset.id.get_num_chunks() >= needed
    if not complete:
        raise UnreadableError(f"{name} {shape} is incomplete: not all of its frames were written")


def _listing(datasets: list[h5py.Dataset]) -> str:
    """Text with the datasets and their shapes, grouped by kind."""
    kinds: dict[tuple[str, tuple[int, ...] | None, str], int] = defaultdict(int)
    for dataset in datasets:
        kinds[_numbered(dataset.name)[1], dataset.shape, str(dataset.dtype)] += 1
    lines = [f"{count} x {name} {shape} {dtype}" for (name, shape, dtype), count in kinds.items()]
    return first_few(lines, LISTED, "; ") or "it has no dataset"
