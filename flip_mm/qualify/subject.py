# SPDX-License-Identifier: Apache-2.0
"""The detector that is judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from flip_mm.evaluation.checks import Floats
from flip_mm.faces.face import Face
from flip_mm.inference.model_card import InputSpec
from flip_mm.inference.preprocessing import face_crop

Facts = tuple[tuple[str, str], ...]
# A picture (H, W, 3) uint8 RGB, and its face; None if the picture is a face crop.
View = tuple[np.ndarray, Face | None]
# Float32 probabilities exceed their range by rounding errors.
ROUNDING = 1e-4
# Crops of each input (N, H, W, 3) uint8 RGB, and the inputs -> raw outputs (N,) or (N, K).
Run = Callable[[list[np.ndarray], tuple[InputSpec, ...]], np.ndarray]


@dataclass(frozen=True)
class Subject:
    """A detector, however it is made.

    Attributes:
        name: Name in the report.
        kind: What it is: ``'model file of flip_mm'``, ``'ONNX'``, ``'Python callable'``.
        run: The detector.
        inputs: Crop and size of each input; empty if it takes whole pictures.
        live: See :class:`~flip_mm.qualify.description.Description`.
        softmax: See there.
        normalises_itself: Whether mean and std of ``inputs`` have no effect on ``run``.
        threshold: Its own threshold on p_live; None if it has none.
        origin: Where that threshold comes from.
        faces: Face detector that belongs to it; '' if unknown.
        facts: Further lines of the report: name -> text.
    """

    name: str
    kind: str
    run: Run
    inputs: tuple[InputSpec, ...]
    live: int = 1
    softmax: bool = True
    normalises_itself: bool = True
    threshold: float | None = None
    origin: str = ""
    faces: str = ""
    facts: Facts = ()

    def outputs(self, crops: list[np.ndarray]) -> Floats:
        """Return the raw outputs (N, K) for the crops of N faces.

        Raises:
            ValueError: The detector returned another shape, or a value that is not finite.
            RuntimeError: The detector failed.
        """
        count = len(crops[0])
        raw = checked_outputs(self.run(crops, self.inputs), count, self.name)
        if raw.shape[1] > 1 and self.live >= raw.shape[1]:
            raise ValueError(f"'{self.name}' has {raw.shape[1]} outputs, so `live: {self.live}` is none of them.")
        if raw.shape[1] == 1 and self.live > 1:
            raise ValueError(f"'{self.name}' has one output: `live` must be 1 (a high value means live) or 0.")
        if self.softmax and (raw.min() < -ROUNDING or raw.max() > 1 + ROUNDING):
            raise ValueError(
                f"'{self.name}' returned {raw.min():.3g} to {raw.max():.3g}, which are no probabilities: its description "
                "must say `softmax: false`."
            )
        return raw

    def raw(self, views: Sequence[View]) -> Floats:
        """Return the raw outputs (N, K) for N pictures, see :meth:`outputs`."""
        if not self.inputs:
            # Pictures differ in size.
            return np.concatenate([self.outputs([image[None]]) for image, _ in views])
        return self.outputs([np.stack([face_crop(image, face, spec) for image, face in views]) for spec in self.inputs])

    def p_live(self, views: Sequence[View]) -> Floats:
        """Return the probabilities (N,) of being live, 0..1."""
        return self.to_probabilities(self.raw(views))

    def to_probabilities(self, raw: Floats) -> Floats:
        """Return the probabilities (N,) in raw outputs (N, K)."""
        return probabilities(raw, self.live, self.softmax)

    def with_pixels(self, mean: tuple[float, ...], std: tuple[float, ...]) -> Subject:
        """Return the detector with another normalisation."""
        return replace(self, inputs=tuple(replace(spec, mean=mean, std=std) for spec in self.inputs))


def checked_outputs(raw: Any, count: int, name: str) -> Floats:
    """Return the outputs of a detector as (N, K) float64.

    Raises:
        ValueError: They have another shape or type, or are not finite.
    """
    try:
        values = np.asarray(raw, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"'{name}' returned {type(raw).__name__}, not an array of numbers.") from error
    # Some graphs keep the height and width of 1 after pooling.
    if values.ndim == 0 or len(values) != count or not values.size or np.prod(values.shape[2:]) != 1:
        raise ValueError(f"'{name}' returned an array of shape {values.shape} for {count} pictures: it must be (N,) or (N, K).")
    if broken := int(np.count_nonzero(~np.isfinite(values))):
        raise ValueError(f"'{name}' returned {broken} values that are NaN or infinite: there is no answer to judge.")
    return values.reshape(count, -1)


def probabilities(raw: Floats, live: int, softmax: bool) -> Floats:
    """Return p_live (N,) of raw outputs (N, K).

    Args:
        raw: The outputs.
        live: Output that means live; with K = 1, 0 if a high value means spoof.
        softmax: Whether they are probabilities.

    Example:
        >>> probabilities(np.array([[0.0, 0.0], [0.0, 100.0]]), 1, False).tolist()
        [0.5, 1.0]
    """
    if raw.shape[1] == 1:
        value = raw[:, 0] if softmax else 0.5 * (1 + np.tanh(raw[:, 0] / 2))
        return np.clip(value if live else 1 - value, 0, 1)
    if not softmax:
        shifted = np.exp(raw - raw.max(1, keepdims=True))
        raw = shifted / shifted.sum(1, keepdims=True)
    return np.clip(raw[:, live], 0, 1)
