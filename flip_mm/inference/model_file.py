# SPDX-License-Identifier: Apache-2.0
"""Model files: weights and a :class:`~flip_mm.inference.model_card.ModelCard` in one file, ``.safetensors`` or ``.onnx``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from flip_mm.utils.files import write_file

from .model_card import ModelCard
from .onnx_metadata import read_metadata, with_metadata, without_metadata
from .safetensors_header import CHUNK, read_header, with_texts

# Key of the card among the texts of a file.
KEY = "flip_mm"
SUFFIXES = (".safetensors", ".onnx")


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
        texts = read_metadata(path) if path.suffix == ".onnx" else read_header(path)[0].get("__metadata__", {})
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
    write_file(path, save(tensors, {KEY: card.to_json()}))
    return card


def write_card(path: str | Path, card: ModelCard, out: str | Path | None = None) -> None:
    """Write a model file with another card; the weights stay.

    Args:
        path: A model file.
        card: Its new description.
        out: The file to write; None replaces ``path``, in one step.

    Raises:
        ValueError: ``path`` is no model file.
        OSError: The message names the file; no incomplete file is left.
    """
    path = checked_path(path)
    contents = with_metadata if path.suffix == ".onnx" else with_texts
    write_file(out or path, contents(path, {KEY: card.to_json()}))


def weights_hash(path: str | Path) -> str:
    """Return the SHA-256 of a model file without its card, in hexadecimal digits."""
    found = hashlib.sha256()
    path = Path(path)
    for part in without_metadata(path) if path.suffix == ".onnx" else _tensors(path):
        found.update(part)
    return found.hexdigest()


def check_hash(path: str | Path, card: ModelCard) -> None:
    """Check that the weights are those that the card was written for.

    Raises:
        ValueError: They differ: the file is damaged or was changed.
    """
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
    if path.suffix not in SUFFIXES:
        raise ValueError(
            f"'{path}' is no model file: it must end in {' or '.join(SUFFIXES)}. `flip_mm export CONFIG CHECKPOINT OUT` makes "
            "one from a checkpoint."
        )
    if not path.is_file():
        raise FileNotFoundError(f"There is no model file '{path}'.")
    return path


def _tensors(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(read_header(path)[1])
        while part := file.read(CHUNK):
            yield part
