# SPDX-License-Identifier: Apache-2.0
"""Open a model file with the runtime of its kind."""

from __future__ import annotations

from pathlib import Path

from .model_card import ModelCard
from .model_file import checked_path, read_card
from .outputs import Runtime


def open_runtime(path: str | Path, card: ModelCard | None = None, device: str = "cpu", threads: int | None = None) -> Runtime:
    """Open a model file.

    Args:
        path: ``.safetensors`` (torch) or ``.onnx`` (onnxruntime).
        card: Replaces the card of the file; needed for a file without one.
        device: For torch.
        threads: Number of threads of onnxruntime; torch has one setting for the whole process.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: A package is missing; the message says what to install.
        ValueError: The file is damaged or does not fit, or has no card and none is given.
    """
    path = checked_path(path)
    card = card or read_card(path)
    if card is None:
        raise ValueError(
            f"The model file '{path}' does not say what its inputs and outputs are, because flip_mm did not write it: give a "
            "card, or use `flip_mm qualify` with a description."
        )
    if path.suffix == ".onnx":
        from .onnx_runtime import ONNXRuntime

        return ONNXRuntime(path, card, threads)
    try:
        from .torch_runtime import TorchRuntime
    except ImportError as error:
        raise ImportError(f"A .safetensors model needs torch ({error}): use the .onnx export, or install torch.") from error
    return TorchRuntime(path, card, device)
