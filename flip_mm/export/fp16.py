# SPDX-License-Identifier: Apache-2.0
"""Weights of 16 bits: half the size. The computation stays in float32, which processors do faster than float16."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Smaller tensors are shapes, scales and norms.
SMALLEST = 256


def half(name: str, values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Round a weight to float16; small tensors and those of other types stay.

    Raises:
        ValueError: A value is outside the range of float16.
    """
    if values.dtype != np.float32 or values.size < SMALLEST:
        return values
    with np.errstate(over="ignore"):
        rounded = values.astype(np.float16)
    if not np.isfinite(rounded).all():
        raise ValueError(f"The weight '{name}' has values outside the range of float16: export without --fp16.")
    return rounded


def half_graph(source: Path, out: Path) -> None:
    """Store the weights of an ONNX file as float16; a runtime widens them once, when it loads the file.

    Raises:
        ValueError: A weight is outside the range of float16.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(source)
    casts, halves = [], {}
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) >= SMALLEST:
            name = f"{tensor.name}.half"
            halves[tensor.name] = numpy_helper.from_array(half(tensor.name, numpy_helper.to_array(tensor)), name)
            casts.append(helper.make_node("Cast", [name], [tensor.name], to=TensorProto.FLOAT))
    tensors = [halves.get(tensor.name, tensor) for tensor in model.graph.initializer]
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(tensors)
    model.graph.node.extend(nodes)
    onnx.save_model(model, str(out))
