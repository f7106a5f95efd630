# SPDX-License-Identifier: Apache-2.0
"""Model files: weights and a :class:`~flip_mm.inference.model_card.ModelCard`.

``.safetensors`` and ``.onnx`` are one file; ``.xml`` of OpenVINO has its weights in a ``.bin`` of the same name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from flip_mm.utils.files import write_file

from . import onnx_metadata, openvino_metadata, safetensors_header
from .model_card import ModelCard

# Key of the card among the texts of a file.
KEY = "flip_mm"
# Suffix -> module that reads and replaces the texts of a file.
FORMATS = {".safetensors": safetensors_header, ".onnx": onnx_metadata, ".xml": openvino_metadata}


def read_card(path: str | Path) -> ModelCard | None:
    """Read the card of a model file.

    Returns:
        The card; None if the file has none, because another program wrote it.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no model file, or its card is damaged or of another version.
    """
    path = checked_path(path)
    try:
        texts = FORMATS[path.suffix].read_metadata(path)
        return ModelCard.from_json(texts[KEY]) if KEY in texts else None
    except ValueError as error:
        raise ValueError(f"The model file '{path}' was refused: {error}.") from error


def write_safetensors(path: str | Path, card: ModelCard, tensors: Mapping[str, np.ndarray]) -> ModelCard:
    """Write a model file, and return the card with the hash of the weights.

    Args:
        path: The file.
        card: Its description.
        tensors: Names and values of the network's ``state_dict``.

    Raises:
        OSError: The message names the file; no incomplete file is left.
    """
    from safetensors.numpy import save

    tensors = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    data = save(tensors)
    start = 8 + int.from_bytes(data[:8], "little")
    card = replace(card, sha256=hashlib.sha256(memoryview(data)[start:]).hexdigest())
    write_file(path, save(tensors, {KEY: card.to_json()}), shared=True)
    return card


def write_card(path: str | Path, card: ModelCard, out: str | Path | None = None) -> None:
    """Write a model file with another card; the weights stay.

    Args:
        path: A model file.
        card: Its new description.
        out: The file to write; None replaces ``path``, in one step. The ``.bin`` of an ``.xml`` is not copied.

    Raises:
        ValueError: ``path`` is no model file.
        OSError: The message names the file; no incomplete file is left.
    """
    path = checked_path(path)
    write_file(out or path, FORMATS[path.suffix].with_metadata(path, {KEY: card.to_json()}), shared=True)


def model_files(path: Path) -> list[Path]:
    """Return the files of a model: ``path``, and the ``.bin`` of an ``.xml``."""
    return [path, openvino_metadata.bin_path(path)] if path.suffix == ".xml" else [path]


def weights_hash(path: str | Path) -> str:
    """Return the SHA-256 of a model file without its card, in hexadecimal digits."""
    found = hashlib.sha256()
    path = Path(path)
    for part in FORMATS[path.suffix].without_metadata(path):
        found.update(part)
    return found.hexdigest()


def check_hash(path: str | Path, card: ModelCard) -> None:
    """Check that the weights are those that the card was written for.

    Raises:
        ValueError: They differ: the file is damaged or was changed. Or an ``.onnx`` has weights in other files.
    """
    if Path(path).suffix == ".onnx" and onnx_metadata.has_external_data(Path(path)):
        raise ValueError(f"The model file '{path}' was refused: it has weights in other files, which could be exchanged.")
    if card.sha256 and weights_hash(path) != card.sha256:
        raise ValueError(
            f"The model file '{path}' was refused: its weights differ from its hash; it is damaged or was changed."
        )


def checked_path(path: str | Path) -> Path:
    """Return the path of a model file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It has another suffix.
    """
    path = Path(path).expanduser()
    if path.suffix not in FORMATS:
        raise ValueError(
            f"'{path}' is no model file: it must end in .safetensors, .onnx or .xml. `flip_mm export CONFIG CHECKPOINT OUT` "
            "makes one from a checkpoint."
        )
    if not path.is_file():
        raise FileNotFoundError(f"There is no model file '{path}'.")
    return path
