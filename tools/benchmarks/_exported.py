# SPDX-License-Identifier: Apache-2.0
"""A model as model files, each in its runtime, for inference.py."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from torch import nn

from flip_mm.export.int8 import quantise
from flip_mm.export.onnx_graph import write_graph
from flip_mm.export.openvino_graph import convert
from flip_mm.export.plain_network import plain_network
from flip_mm.inference.model_card import InputSpec, ModelCard
from flip_mm.inference.model_file import model_files, write_safetensors
from flip_mm.inference.open_runtime import open_runtime
from flip_mm.inference.outputs import Runtime

# Way -> package that it needs.
WAYS = {"safetensors": "safetensors", "onnx": "onnxruntime", "int8": "onnxruntime", "openvino": "openvino"}
SUFFIXES = {"safetensors": ".safetensors", "onnx": ".onnx", "int8": ".int8.onnx", "openvino": ".xml"}


def installed() -> list[str]:
    """Return the ways of which the packages are installed."""
    return [way for way, package in WAYS.items() if find_spec(package) and find_spec("onnxscript")]


def write_files(model: nn.Module, ways: list[str], folder: Path) -> ModelCard:
    """Write the model files of a FLIP into a folder, without comparing them; return their card."""
    plain, preprocessor = plain_network(model), model.data_preprocessor
    mean, std = (tuple(values.flatten().tolist()) for values in (preprocessor.mean, preprocessor.std))
    card = ModelCard("benchmark", plain.architecture, (InputSpec(plain.size, mean, std),), prompts=plain.prompts)
    if "safetensors" in ways:
        tensors = {name: value.numpy() for name, value in plain.network.state_dict().items()}
        write_safetensors(folder / "model.safetensors", card, tensors)
    if {*ways} - {"safetensors"}:
        write_graph(plain.network, card.inputs, folder / "model.onnx")
    if "int8" in ways:
        quantise(folder / "model.onnx", folder / "model.int8.onnx")
    if "openvino" in ways:
        convert(folder / "model.onnx", folder / "model.xml", is_half=False)
    return card


def open_file(way: str, card: ModelCard, folder: Path, threads: int) -> tuple[Runtime, float]:
    """Return the runtime of a file, and the size of the file in MiB."""
    path = folder / f"model{SUFFIXES[way]}"
    if way == "int8":
        card = replace(card, export=dict(quantisation="dynamic"))
    return open_runtime(path, card, threads=threads), sum(file.stat().st_size for file in model_files(path)) / 2**20
