# SPDX-License-Identifier: Apache-2.0
"""Run an ``.xml`` or ``.onnx`` model with OpenVINO."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from .model_card import ModelCard
from .model_file import check_hash
from .outputs import Outputs, check_crops, check_outputs, one_by_one

# The same answers on any processor: some would compute in bfloat16.
SETTINGS = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}


@cache
def _core() -> Any:
    # Of the process: without one, OpenVINO unloads its plugin, and Python crashed at a later collection of garbage.
    import openvino

    return openvino.Core()


class OpenVINORuntime:
    """A model file in OpenVINO, see :class:`~flip_mm.inference.outputs.Runtime`.

    Args:
        path: An ``.xml`` or ``.onnx`` file of ``flip_mm export``.
        card: Its card.
        threads: Number of threads; None uses all cores.

    Raises:
        ImportError: openvino is not installed.
        ValueError: OpenVINO cannot read the file, or the graph does not fit the card.
    """

    def __init__(self, path: Path, card: ModelCard, threads: int | None = None) -> None:
        try:
            import openvino  # noqa: F401
        except ImportError as error:
            raise ImportError('This model needs openvino: pip install "flip_mm[openvino]"') from error
        self.card = card
        check_hash(path, card)
        settings = SETTINGS if threads is None else {**SETTINGS, "INFERENCE_NUM_THREADS": threads}
        try:
            core = _core()
            self.model = core.compile_model(core.read_model(path), "CPU", settings)
        except Exception as error:  # OpenVINO's errors have no common base class
            reason = next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)[:200]
            raise ValueError(f"The model file '{path}' was refused: OpenVINO cannot read it: {reason}") from error
        names = {name for output in self.model.outputs for name in output.names}
        if len(self.model.inputs) != len(card.inputs) or "logits" not in names:
            raise ValueError(f"The model file '{path}' was refused: its graph does not fit its description.")
        self.has_similarities = "similarities" in names
        self.lock = Lock()

    def __call__(self, crops: list[np.ndarray]) -> Outputs:
        """Classify N faces."""
        check_crops(self.card, crops)
        run = one_by_one(self._run) if self.card.depends_on_batch else self._run
        return check_outputs(self.card, run(crops))

    def _run(self, crops: list[np.ndarray]) -> Outputs:
        # A model has one set of outputs, which another thread would overwrite before they are copied.
        with self.lock:
            found = self.model([np.ascontiguousarray(crop) for crop in crops])
            return Outputs(np.array(found["logits"]), np.array(found["similarities"]) if self.has_similarities else None)
