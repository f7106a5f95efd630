# SPDX-License-Identifier: Apache-2.0
"""The samples that a threshold decides wrongly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .score_table import ScoreTable


@dataclass(frozen=True)
class Mistake:
    """A sample on the wrong side of the threshold.

    Attributes:
        file: Path of its image, of a video the first frame.
        video: Its video, ``''`` if unknown.
        domain: Its domain.
        attack_type: ``'bonafide'``, or its attack type.
        score: Its probability of real.
    """

    file: str
    video: str
    domain: str
    attack_type: str
    score: float


def worst_mistakes(
    samples: ScoreTable, threshold: float, most: int = 12
) -> tuple[list[Mistake], list[Mistake], tuple[int, int]]:
    """Return the mistakes that the model was most sure of.

    Args:
        samples: The scores.
        threshold: Samples with at least this score are accepted.
        most: Number of samples of each kind.

    Returns:
        Rejected real samples by ascending score, accepted attacks by descending score, and the number of all of each kind.
    """
    score = samples.score
    rejected = np.flatnonzero((samples.label == 1) & (score < threshold))
    accepted = np.flatnonzero((samples.label == 0) & (score >= threshold))
    order = rejected[np.argsort(score[rejected], kind="stable")], accepted[np.argsort(-score[accepted], kind="stable")]

    def mistakes(rows: np.ndarray) -> list[Mistake]:
        texts = (samples.column(name).take(rows).texts().tolist() for name in ("file", "video", "domain", "attack_type"))
        return [Mistake(*cells) for cells in zip(*texts, score[rows].tolist(), strict=True)]

    return mistakes(order[0][:most]), mistakes(order[1][:most]), (rejected.size, accepted.size)
