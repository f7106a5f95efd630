# SPDX-License-Identifier: Apache-2.0
"""Scores of a test as the predictions of a model file give them."""

from __future__ import annotations

from pathlib import Path

from flip_mm.evaluation.score_file import ScoreFile
from flip_mm.evaluation.temperature import at_temperature

from .calibration_data import check_model
from .model_file import read_card


def deployed_scores(scores: ScoreFile, model: str | Path) -> tuple[ScoreFile, float, list[str]]:
    """Apply the temperature of a model file to scores of the same checkpoint.

    Args:
        scores: Of a test, at temperature 1.
        model: The model file.

    Returns:
        The scores at its temperature, its threshold ``accept``, and warnings.

    Raises:
        FileNotFoundError: There is no such model file.
        ValueError: It has no threshold, or the scores are of another model.
    """
    card = read_card(model)
    if card is None or card.decision is None:
        raise ValueError(f"The model file '{model}' has no threshold: fit one with flip_mm calibrate.")
    warnings = check_model(card, scores.provenance)
    frames = scores.frames.with_scores(at_temperature(scores.frames.score, card.temperature))
    return scores._replace(frames=frames), card.decision.accept, warnings
