# SPDX-License-Identifier: Apache-2.0
"""Open a model file with the runtime of its kind."""

from __future__ import annotations

from pathlib import Path

from .model_card import ModelCard
from .model_file import checked_path, read_card
from .outputs import Runtime

# Suffix -> runtimes that read such files, the default first.
RUNTIMES = {".safetensors": ("torch",), ".onnx": ("onnxruntime", "openvino"), ".xml": ("openvino",)}


def open_runtime(
    path: str | Path,
    card: ModelCard | None = None,
    device: str = "cpu",
    threads: int | None = None,
    runtime: str | None = None,
) -> Runtime:
    """Open a model file.

    Args:
        path: ``.safetensors`` (torch), ``.onnx`` (onnxruntime) or ``.xml`` (OpenVINO).
        card: Replaces the card of the file; needed for a file without one.
        device: For torch.
        threads: Number of threads of onnxruntime and OpenVINO; torch has one setting for the whole process.
        runtime: ``'openvino'`` to run an ``.onnx`` with OpenVINO.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: A package is missing; the message says what to install.
        ValueError: The file is damaged or does not fit, or has no card and none is given; or the runtime cannot read it.
    """
    path = checked_path(path)
    known = RUNTIMES[path.suffix]
    runtime = runtime or known[0]
    if runtime not in known:
        raise ValueError(f"runtime={runtime!r} cannot run '{path.name}': use {' or '.join(map(repr, known))}.")
    if card is None and (card := read_card(path)) is not None and not card.sha256:
        raise ValueError(f"The model file '{path}' was refused: its description has no hash of its weights.")
    if card is None:
        raise ValueError(
            f"The model file '{path}' does not say what its inputs and outputs are, because flip_mm did not write it: give a "
            "card, or use `flip_mm qualify` with a description."
        )
    if runtime == "onnxruntime":
        from .onnx_runtime import ONNXRuntime

        return ONNXRuntime(path, card, threads)
    if runtime == "openvino":
        from .openvino_runtime import OpenVINORuntime

        return OpenVINORuntime(path, card, threads)
    try:
        from .torch_runtime import TorchRuntime
    except ImportError as error:
        raise ImportError(f"A .safetensors model needs torch ({error}): use the .onnx export, or install torch.") from error
    return TorchRuntime(path, card, device)
