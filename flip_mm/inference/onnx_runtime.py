# SPDX-License-Identifier: Apache-2.0
"""Run an ``.onnx`` model with onnxruntime."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .model_card import ModelCard
from .model_file import check_hash
from .outputs import Outputs, check_crops, check_finite

OUTPUTS = ("logits", "similarities")


class ONNXRuntime:
    """A model file in onnxruntime, see :class:`~flip_mm.inference.outputs.Runtime`.

    The graph takes the crops as they are, (N, H, W, 3) uint8 RGB, and normalises them itself.

    Args:
        path: An ``.onnx`` file of ``flip_mm export``.
        card: Its card.
        threads: Number of threads; None uses all cores.

    Raises:
        ImportError: onnxruntime is not installed.
        ValueError: onnxruntime cannot read the file, or the graph does not fit the card.
    """

    def __init__(self, path: Path, card: ModelCard, threads: int | None = None) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ImportError('An .onnx model needs onnxruntime: pip install "flip_mm[deploy]"') from error
        self.card = card
        check_hash(path, card)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        if threads is not None:
            options.intra_op_num_threads = threads
        try:
            self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors have no common base class
            reason = str(error).splitlines()[0][:200]
            raise ValueError(f"The model file '{path}' was refused: onnxruntime cannot read it: {reason}") from error
        self.inputs = [value.name for value in self.session.get_inputs()]
        known = {value.name for value in self.session.get_outputs()}
        self.outputs = [name for name in OUTPUTS if name in known]
        if len(self.inputs) != len(card.inputs) or "logits" not in known:
            raise ValueError(f"The model file '{path}' was refused: its graph does not fit its description.")

    def __call__(self, crops: list[np.ndarray]) -> Outputs:
        """Classify N faces."""
        check_crops(self.card, crops)
        values = self.session.run(self.outputs, dict(zip(self.inputs, crops, strict=True)))
        return check_finite(Outputs(*values))
