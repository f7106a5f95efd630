# SPDX-License-Identifier: Apache-2.0
"""Write a model file, compare it with the trained model, and keep it only if both give the same answers."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from flip_mm.inference.model_card import ModelCard
from flip_mm.inference.model_file import weights_hash, write_card, write_safetensors
from flip_mm.inference.open_runtime import open_runtime
from flip_mm.inference.openvino_metadata import bin_path
from flip_mm.inference.outputs import Runtime
from flip_mm.utils.files import name_in_errors

from .fp16 import half, half_graph
from .int8 import quantise
from .onnx_graph import OPSET, check_packages, write_graph
from .openvino_graph import check_openvino, convert
from .parity import Parity, compare
from .probes import Probes
from .versions import versions

# Format -> packages that affect what is written.
PACKAGES = {
    ".safetensors": ("torch", "safetensors"),
    ".onnx": ("torch", "onnx", "onnxscript", "onnxruntime"),
    ".xml": ("torch", "onnx", "onnxscript", "openvino"),
}
PRECISIONS = ("fp32", "fp16", "int8")


def check_request(suffix: str, precision: str) -> None:
    """Check that a file can be written, before anything is computed.

    Raises:
        ImportError: A package is missing; the message says what to install.
        ValueError: The format has no such precision.
    """
    if precision == "int8" and suffix != ".onnx":
        raise ValueError(f"int8 is for .onnx files, which onnxruntime runs: '{suffix}' takes fp32 and fp16.")
    if suffix != ".safetensors":
        check_packages()
    if suffix == ".xml":
        check_openvino()


def write_model(
    network: nn.Module,
    card: ModelCard,
    trained: Runtime,
    probes: Probes,
    out: Path,
    precision: str = "fp32",
    calibration: NDArray[np.uint8] | None = None,
) -> tuple[ModelCard, Parity]:
    """Write a model file.

    Args:
        network: The network, see :class:`~flip_mm.networks.build.Network`.
        card: Its description.
        trained: The trained model.
        probes: What both are compared on.
        out: The file: ``.safetensors``, ``.onnx``, or ``.xml`` with a ``.bin`` beside it.
        precision: One of :data:`PRECISIONS`.
        calibration: For int8, see :func:`~flip_mm.export.int8.quantise`.

    Returns:
        The card in the file, and the comparison.

    Raises:
        ImportError: A package is missing.
        ValueError: The network cannot be written in this format, or its answers differ from those of the trained model. No
            file is written.
        OSError: The message names the file.
    """
    check_request(out.suffix, precision)
    if precision == "int8" and not probes.is_labelled:
        raise ValueError(
            "int8 changes scores, so its error rates must be compared on labelled images of both classes: give the folder of a "
            "data set with --data-root."
        )
    with tempfile.TemporaryDirectory(prefix="flip_mm_export_") as folder:
        # A file without a card: what OpenVINO reads from ONNX would contain it.
        draft, facts = _draft(network, card, Path(folder), out.suffix, precision, calibration)
        export = dict(precision=precision, **facts, versions=versions(PACKAGES[out.suffix]))
        card = replace(card, sha256=weights_hash(draft), export=export)
        parity = compare(trained, open_runtime(draft, card), probes, card.decision)
        parity.check(precision)
        card = replace(card, export=dict(export, parity=parity.to_card()))
        if out.suffix == ".xml":
            with name_in_errors(bin_path(out)):
                shutil.copyfile(bin_path(draft), bin_path(out))
        write_card(draft, card, out)
    return card, parity


def _draft(
    network: nn.Module,
    card: ModelCard,
    folder: Path,
    suffix: str,
    precision: str,
    calibration: NDArray[np.uint8] | None,
) -> tuple[Path, dict[str, object]]:
    """Write a file into a folder; return its path and how it was made."""
    draft = folder / f"model{suffix}"
    if suffix == ".safetensors":
        tensors = {name: value.numpy() for name, value in network.state_dict().items()}
        if precision == "fp16":
            tensors = {name: half(name, value) for name, value in tensors.items()}
        write_safetensors(draft, card, tensors)
        return draft, {}
    graph = folder / "graph.onnx"
    write_graph(network, card.inputs, graph)
    facts: dict[str, object] = dict(opset=OPSET)
    if suffix == ".xml":
        convert(graph, draft, is_half=precision == "fp16")
    elif precision == "fp16":
        half_graph(graph, draft)
    elif precision == "int8":
        facts |= quantise(graph, draft, calibration)
    else:
        graph.rename(draft)
    return draft, facts
