# SPDX-License-Identifier: Apache-2.0
"""Write a network as an ONNX graph that takes uint8 crops."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from flip_mm.inference.model_card import InputSpec
from flip_mm.inference.torch_runtime import Normalise

from .class_token import only_the_class_token

if TYPE_CHECKING:
    import onnx

# Version of ONNX's operators, pinned so that files do not depend on the version of torch that wrote them.
OPSET = 20
# Tracing takes batches of 0 and 1 images for constants.
EXAMPLES = 2
# A protobuf message cannot be larger.
MAX_BYTES = 2**31 - 1


class Graph(nn.Module):
    """A network with its normalisation in front and the softmax behind it.

    Args:
        network: See :class:`~flip_mm.networks.build.Network`.
        inputs: The inputs of the network.
    """

    def __init__(self, network: nn.Module, inputs: Sequence[InputSpec]) -> None:
        super().__init__()
        self.network = network
        self.normalise = nn.ModuleList(map(Normalise, inputs))

    def forward(self, *crops: Tensor) -> tuple[Tensor, ...]:
        """Crops, (N, H, W, 3) uint8 RGB each -> logits (N, 2), p_real (N,) and, with prompts, similarities (N, P)."""
        images = [normalise(crop) for normalise, crop in zip(self.normalise, crops, strict=True)]
        logits, similarities = self.network(*images)
        outputs = (logits, logits.softmax(1)[:, 1])
        return outputs if similarities is None or not similarities.shape[1] else (*outputs, similarities)


def input_names(count: int) -> list[str]:
    """Return the names of the inputs of a graph."""
    return ["crop"] if count == 1 else [f"crop{number}" for number in range(count)]


def write_graph(network: nn.Module, inputs: Sequence[InputSpec], path: Path) -> None:
    """Write an ONNX file, all in one file, without a card.

    Args:
        network: In evaluation mode.
        inputs: The inputs of the network.
        path: The file.

    Raises:
        ImportError: onnx or onnxscript is not installed.
        ValueError: torch cannot export the network, or the file would have more than 2 GiB.
    """
    check_packages()
    graph = Graph(network, inputs).eval()
    # Each input needs a tensor of its own: equal ones would become a single input.
    crops = tuple(torch.zeros(EXAMPLES, *spec.size, 3, dtype=torch.uint8) for spec in inputs)
    with torch.inference_mode():
        outputs = ["logits", "p_real", "similarities"][: len(graph(*crops))]
    batch = torch.export.Dim("batch")
    try:
        with _quiet(), _plain_attention(), only_the_class_token(network), torch.no_grad():
            program = torch.onnx.export(
                graph,
                crops,
                dynamo=True,
                opset_version=OPSET,
                input_names=input_names(len(crops)),
                output_names=outputs,
                dynamic_shapes=(tuple({0: batch} for _ in crops),),
                verbose=False,
            )
            model = program.model_proto
    except Exception as error:  # the exporter's errors have no common base class
        # The exporter's own errors only name its step and advise to report a bug of torch.
        cause = error.__cause__ or error
        reason = next(filter(None, map(str.strip, str(cause).splitlines())), type(cause).__name__)
        raise ValueError(f"torch.onnx cannot export this network: {reason[:200]}") from error
    # The exporter's last resort is a graph for the example only.
    if not all(value.type.tensor_type.shape.dim[0].dim_param for value in model.graph.input):
        raise ValueError("torch.onnx cannot export this network: its steps depend on the number of images in a batch.")
    save(model, path)


def save(model: onnx.ModelProto, path: Path) -> None:
    """Write a graph without notes on the source code that it comes from, which contain paths of this machine.

    Raises:
        ValueError: It has more than 2 GiB.
    """
    import onnx

    del model.metadata_props[:], model.graph.metadata_props[:]
    model.doc_string = model.graph.doc_string = ""
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        part.ClearField("metadata_props")
        part.doc_string = ""
    for tensor in model.graph.initializer:
        tensor.ClearField("metadata_props")
    if model.ByteSize() > MAX_BYTES:
        raise ValueError(f"The graph has {model.ByteSize() / 2**30:.1f} GiB, and one .onnx file takes 2: use .safetensors.")
    onnx.save_model(model, str(path))


def check_packages() -> None:
    """Raise an ImportError if a package is missing that writes or checks ONNX files."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ImportError(f'An .onnx or .xml export needs a package ({error}): pip install "flip_mm[export]"') from error


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Without the fused attention of inference, which the exporter does not know (ViT-B/16)."""
    is_enabled = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(is_enabled)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the messages of torch and onnxscript to their developers."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
