# SPDX-License-Identifier: Apache-2.0
"""Write a model file, compare it with the trained model, and keep it only if both give the same answers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from torch import nn

from flip_mm.inference.model_card import ModelCard
from flip_mm.inference.model_file import weights_hash, write_card, write_safetensors
from flip_mm.inference.open_runtime import open_runtime
from flip_mm.inference.outputs import Runtime

from .onnx_graph import OPSET, write_graph
from .parity import Parity, compare
from .probes import Probes
from .versions import versions

# Suffix -> packages that affect what is written.
PACKAGES = {".safetensors": ("torch", "safetensors"), ".onnx": ("torch", "onnx", "onnxscript", "onnxruntime")}


def write_model(
    network: nn.Module, card: ModelCard, trained: Runtime, probes: Probes, out: Path, precision: str = "fp32"
) -> tuple[ModelCard, Parity]:
    """Write a model file.

    Args:
        network: The network, see :class:`~flip_mm.networks.build.Network`.
        card: Its description.
        trained: The trained model.
        probes: What both are compared on.
        out: The file, ``.safetensors`` or ``.onnx``.
        precision: ``'fp32'``, ``'fp16'`` or ``'int8'``.

    Returns:
        The card in the file, and the comparison.

    Raises:
        ImportError: A package is missing.
        ValueError: The network cannot be written in this format, or its answers differ from those of the trained model. No
            file is written.
        OSError: The message names the file.
    """
    write = _write_onnx if out.suffix == ".onnx" else _write_safetensors
    with tempfile.TemporaryDirectory(prefix="flip_mm_export_") as folder:
        draft = Path(folder) / f"model{out.suffix}"
        card = write(network, card, draft)
        parity = compare(trained, open_runtime(draft, card), probes, card.decision)
        parity.check(precision)
        export = dict(precision=precision, versions=versions(PACKAGES[out.suffix]), parity=parity.to_card())
        card = replace(card, export={**card.export, **export})
        write_card(draft, card, out)
    return card, parity


def _write_safetensors(network: nn.Module, card: ModelCard, path: Path) -> ModelCard:
    return write_safetensors(path, card, {name: value.numpy() for name, value in network.state_dict().items()})


def _write_onnx(network: nn.Module, card: ModelCard, path: Path) -> ModelCard:
    write_graph(network, card.inputs, path)
    return replace(card, sha256=weights_hash(path), export=dict(opset=OPSET))
