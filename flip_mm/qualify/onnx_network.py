# SPDX-License-Identifier: Apache-2.0
"""Run an ONNX file of other people as its description says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from flip_mm.inference.model_card import InputSpec
from flip_mm.inference.onnx_runtime import open_session
from flip_mm.utils.files import file_sha256

from .description import Description

DTYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64, "tensor(uint8)": np.uint8}


class ONNXNetwork:
    """A graph in onnxruntime, on the CPU.

    Args:
        path: The file.
        description: What it takes and returns.

    Raises:
        ImportError: onnxruntime is not installed.
        ValueError: onnxruntime cannot read the file, or its graph contradicts the description.
    """

    def __init__(self, path: Path, description: Description) -> None:
        self.session = open_session(path)
        self.path, self.channels_first = path, description.layout == "NCHW"
        self.inputs = self.session.get_inputs()
        if len(self.inputs) != len(description.inputs):
            raise ValueError(f"'{path}' has {len(self.inputs)} inputs, its description has {len(description.inputs)}.")
        for value, spec in zip(self.inputs, description.inputs, strict=True):
            self._check(value, spec)
        names = [value.name for value in self.session.get_outputs()]
        self.output = description.output or names[0]
        if self.output not in names:
            raise ValueError(f"'{path}' has no output '{self.output}': `output` must be {', '.join(names)}.")
        # Many exported files take one picture at a time.
        self.batch = self.inputs[0].shape[0] if isinstance(self.inputs[0].shape[0], int) else None

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Lines of the report."""
        shapes = ", ".join(f"{value.name} {value.type} {value.shape}" for value in self.inputs)
        digest = file_sha256(self.path)
        return ("file", self.path.name), ("SHA-256", digest), ("inputs", shapes), ("output", self.output)

    def _check(self, value: Any, spec: InputSpec) -> None:
        if value.type not in DTYPES:
            raise ValueError(f"'{self.path}': the input '{value.name}' has type {value.type}, not one of {', '.join(DTYPES)}.")
        expected = [3, *spec.size] if self.channels_first else [*spec.size, 3]
        found = value.shape[1:]
        if len(found) != 3 or any(
            isinstance(side, int) and side != wanted for side, wanted in zip(found, expected, strict=True)
        ):
            raise ValueError(
                f"'{self.path}': the input '{value.name}' has shape {value.shape}, and its description says {expected} after "
                "the number of pictures: correct `size` or `layout`."
            )

    def __call__(self, crops: list[np.ndarray], inputs: tuple[InputSpec, ...]) -> np.ndarray:
        """Run the graph.

        Args:
            crops: For each input (N, H, W, 3) uint8 RGB.
            inputs: Normalisation of each input.

        Returns:
            (N, ...) output.

        Raises:
            RuntimeError: onnxruntime failed.
        """
        images = [self._normalised(crop, spec, value) for crop, spec, value in zip(crops, inputs, self.inputs, strict=True)]
        count, step = len(crops[0]), self.batch or len(crops[0])
        return np.concatenate([self._run([image[start : start + step] for image in images]) for start in range(0, count, step)])

    def _normalised(self, crop: np.ndarray, spec: InputSpec, value: Any) -> np.ndarray:
        pixels = (crop[..., ::-1] if spec.colour == "BGR" else crop).astype(np.float32)
        pixels = (pixels - np.float32(spec.mean)) / np.float32(spec.std)
        if self.channels_first:
            pixels = pixels.transpose(0, 3, 1, 2)
        kind = DTYPES[value.type]
        return np.ascontiguousarray(np.clip(np.rint(pixels), 0, 255) if kind is np.uint8 else pixels, dtype=kind)

    def _run(self, images: list[np.ndarray]) -> np.ndarray:
        count = len(images[0])
        if self.batch and count < self.batch:
            images = [np.concatenate([image, np.repeat(image[-1:], self.batch - count, 0)]) for image in images]
        feeds = {value.name: image for value, image in zip(self.inputs, images, strict=True)}
        try:
            output = np.asarray(self.session.run([self.output], feeds)[0])
        except Exception as error:  # onnxruntime's errors have no common base class
            raise RuntimeError(f"'{self.path}' failed: {str(error).splitlines()[0][:200]}") from error
        if output.ndim == 0 or len(output) < count:
            raise ValueError(f"'{self.path}' returned an output of shape {output.shape} for {count} pictures.")
        return output[:count]
