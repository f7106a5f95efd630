# SPDX-License-Identifier: Apache-2.0
"""What a network says about a batch of faces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .model_card import ModelCard


@dataclass(frozen=True)
class Outputs:
    """Outputs for N faces.

    Attributes:
        logits: (N, 2) float32, spoof and real.
        similarities: (N, P) float32, cosine similarities to the prompts of the card; None without prompts.
    """

    logits: np.ndarray
    similarities: np.ndarray | None = None

    def p_real(self, temperature: float = 1.0) -> np.ndarray:
        """Return the probabilities (N,) float64 of the class real.

        Computed from the difference of the logits: a float32 softmax has only one value for all differences above 17.
        """
        spoof, real = self.logits.astype(np.float64).T
        # exp overflows to inf for a certain spoof, and 1 / inf is the right answer.
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp((spoof - real) / temperature))

    def rows(self, start: int, stop: int) -> Outputs:
        """Return the outputs for the faces ``start`` to ``stop - 1``."""
        return Outputs(self.logits[start:stop], None if self.similarities is None else self.similarities[start:stop])


class Runtime(Protocol):
    """A loaded model."""

    card: ModelCard

    def __call__(self, crops: list[np.ndarray]) -> Outputs:
        """Classify N faces.

        Args:
            crops: For each input of the card, (N, H, W, 3) uint8 RGB.

        Raises:
            ValueError: A crop has another shape or dtype; or an output is not finite.
        """


def one_by_one(run: Callable[[list[np.ndarray]], Outputs]) -> Callable[[list[np.ndarray]], Outputs]:
    """Return a function that runs a network for each face of a batch alone."""

    def run_each(crops: list[np.ndarray]) -> Outputs:
        parts = [run([crop[row : row + 1] for crop in crops]) for row in range(len(crops[0]))]
        if not parts:
            return run(crops)
        similarities = [part.similarities for part in parts if part.similarities is not None]
        return Outputs(np.concatenate([part.logits for part in parts]), np.concatenate(similarities) if similarities else None)

    return run_each


def check_crops(card: ModelCard, crops: list[np.ndarray]) -> None:
    """Check the crops of :meth:`Runtime.__call__`."""
    if len(crops) != len(card.inputs):
        raise ValueError(f"The model takes {len(card.inputs)} crops of each face, got {len(crops)}.")
    for spec, crop in zip(card.inputs, crops, strict=True):
        if crop.dtype != np.uint8 or crop.shape[1:] != (*spec.size, 3):
            raise ValueError(f"A crop must be (N, {spec.size[0]}, {spec.size[1]}, 3) uint8, got {crop.shape} {crop.dtype}.")


def check_outputs(card: ModelCard, outputs: Outputs) -> Outputs:
    """Return the outputs of a network.

    Raises:
        ValueError: They do not fit the card; or a value is not finite, so there is no answer.
    """
    count = len(outputs.logits)
    if outputs.logits.shape != (count, 2):
        raise ValueError(f"The model gives {outputs.logits.shape[1:]} logits for a face, two were expected: spoof and real.")
    if outputs.similarities is not None and outputs.similarities.shape != (count, len(card.sentences)):
        raise ValueError(
            f"The model gives {outputs.similarities.shape[1:]} similarities for a face, but its description has "
            f"{len(card.sentences)} prompts."
        )
    return check_finite(outputs)


def check_finite(outputs: Outputs) -> Outputs:
    """Return the outputs.

    Raises:
        ValueError: A value is not finite, so there is no answer.
    """
    for values in (outputs.logits, outputs.similarities):
        if values is not None and not np.isfinite(values).all():
            raise ValueError("The model gives values that are not finite: its weights are damaged.")
    return outputs
