# SPDX-License-Identifier: Apache-2.0
"""Run an ``.onnx`` model with onnxruntime."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .model_card import ModelCard
from .model_file import check_hash
from .outputs import Outputs, check_crops, check_outputs, one_by_one

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

# Where in onnxruntime's source code an error was found.
PLACE = re.compile(r"/\S+:\d+ .+?\)(?: \[.*?\])? (?=[A-Z])")
OUTPUTS = ("logits", "similarities")


class ONNXRuntime:
    """A model file in onnxruntime, see :class:`~flip_mm.inference.outputs.Runtime`.

    The graph takes the crops as they are, (N, H, W, 3) uint8 RGB, and normalises them itself.

    Args:
        path: An ``.onnx`` file of ``flip_mm export``.
        card: Its card.
        threads: Number of threads; None uses all cores.
        spinning: Whether threads wait for the next layer without sleeping. It is faster on an idle machine, and takes the
            cores from other programs.

    Raises:
        ImportError: onnxruntime is not installed.
        ValueError: onnxruntime cannot read the file, or the graph does not fit the card.
    """

    def __init__(self, path: Path, card: ModelCard, threads: int | None = None, spinning: bool = False) -> None:
        self.card = card
        check_hash(path, card)
        self.session = open_session(path, threads, spinning)
        self.inputs = [value.name for value in self.session.get_inputs()]
        known = [value.name for value in self.session.get_outputs()]
        self.outputs = [name for name in OUTPUTS if name in known]
        takes = [f"{value.type} {_sides(value.shape)}" for value in self.session.get_inputs()]
        expected = [f"tensor(uint8) {_sides([None, *spec.size, 3])}" for spec in card.inputs]
        if takes != expected or "logits" not in known:
            raise ValueError(
                f"The model file '{path}' was refused: its graph takes {', '.join(takes)} and returns {', '.join(known)}, but "
                f"its description says {', '.join(expected)} and logits."
            )

    def __call__(self, crops: list[np.ndarray]) -> Outputs:
        """Classify N faces."""
        check_crops(self.card, crops)
        run = one_by_one(self._run) if self.card.depends_on_batch else self._run
        return check_outputs(self.card, run(crops))

    def _run(self, crops: list[np.ndarray]) -> Outputs:
        return Outputs(*self.session.run(self.outputs, dict(zip(self.inputs, crops, strict=True))))


def open_session(path: Path, threads: int | None = None, spinning: bool = False) -> InferenceSession:
    """Read an ``.onnx`` file, for the CPU.

    Args:
        path: The file.
        threads: See :class:`ONNXRuntime`.
        spinning: See :class:`ONNXRuntime`.

    Raises:
        ImportError: onnxruntime is not installed.
        ValueError: onnxruntime cannot read the file.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError('An .onnx model needs onnxruntime: pip install "flip_mm[deploy]"') from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads is not None:
        options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common base class
        reason = PLACE.sub("", str(error).splitlines()[0].rpartition("failed:")[2]).strip()[:200]
        raise ValueError(f"The model file '{path}' was refused: onnxruntime cannot read it: {reason}") from error


def _sides(shape: list[int | str | None]) -> str:
    """Describe a shape, of which the first side is the size of a batch."""
    return f"(N, {', '.join(map(str, shape[1:]))})"
