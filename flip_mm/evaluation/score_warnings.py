# SPDX-License-Identifier: Apache-2.0
"""What makes metrics mean less than they seem to."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from flip_mm.utils.text import plain_name

from .checks import Floats
from .functional import GRID, Metrics, far_frr, last_smallest_gap
from .score_table import ScoreTable

# Difference of two EERs, and share of either class, from which a sentence is printed.
NOTABLE = 0.01
# FPR = 1 % is the error of one spoof sample in so many.
FEWEST_SPOOFS = 100


def score_warnings(samples: ScoreTable, metrics: Metrics, level: str) -> list[str]:
    """Sentences on scores.

    Args:
        samples: At the level ``level``.
        metrics: Of ``samples``.
        level: ``'video'`` or ``'frame'``.

    Returns:
        None for ordinary scores. One for each of: rows without a video, names of videos that differ in case only, scores that
        are all equal, scores that lie closer together than the published thresholds, scores of either class at exactly 0 or
        1, a threshold that accepts or rejects everything, too few spoof samples for TPR@FPR=1%.
    """
    return [*_names(samples, level), *_scores(samples), *_grid(samples, metrics), *_threshold(metrics), *_few(samples, level)]


def _names(samples: ScoreTable, level: str) -> list[str]:
    found = []
    if level == "frame":
        return found
    unknown = sum(not video.strip() for video in samples.video)
    if unknown:
        found.append(f"{unknown} rows name no video; each of them counts as a video of its own.")
    spellings = defaultdict(set)
    for video in samples.videos:
        spellings[plain_name(video).casefold()].add(video)
    if alike := [sorted(own) for own in spellings.values() if len(own) > 1]:
        found.append(
            f"{len(alike)} videos have names that differ in upper and lower case only, such as "
            f"{' and '.join(repr(name) for name in alike[0])}; they count as different videos."
        )
    return found


def _scores(samples: ScoreTable) -> list[str]:
    score, real = samples.score, samples.label == 1
    if np.ptp(score) == 0:
        return [f"all {len(score)} scores are {score[0]:.6g}: the model or the file is broken."]
    found = []
    for end in (0.0, 1.0):
        shares = [np.mean(score[own] == end) for own in (real, ~real)]
        if min(shares) >= NOTABLE:
            found.append(
                f"{100 * shares[0]:.1f} % of real and {100 * shares[1]:.1f} % of spoof have the score {end:.0f} exactly: no "
                "threshold separates these, and AUC counts them half."
            )
    return found


def _grid(samples: ScoreTable, metrics: Metrics) -> list[str]:
    exact = _exact_eer(samples.score, samples.label)
    if metrics.eer - exact < NOTABLE:
        return []
    low, high = samples.score.min(), samples.score.max()
    return [
        f"the EER of {100 * metrics.eer:.2f} is that of the published thresholds, {GRID[1]:g} apart; with thresholds between "
        f"them it is {100 * exact:.2f}. Too many scores lie closer together (all are in {low:.6g} .. {high:.6g}): HTER at a "
        "threshold of the rule 'eer' is as wrong, AUC and the rules apcer=X and bpcer=X are not."
    ]


def _exact_eer(scores: Floats, labels: np.ndarray) -> float:
    """HTER at the last threshold, of all that separate scores, with the smallest difference of FAR and FRR."""
    far, frr = far_frr.unchecked(scores, labels, np.append(np.unique(scores), GRID[-1]))
    place = last_smallest_gap(far, frr)
    return float((far[place] + frr[place]) / 2)


def _threshold(metrics: Metrics) -> list[str]:
    if {metrics.far, metrics.frr} != {0.0, 1.0}:
        return []
    verb = "accepts" if metrics.far else "rejects"
    return [f"the threshold {metrics.threshold:.6g} {verb} every sample: HTER is 50 there for any scores."]


def _few(samples: ScoreTable, level: str) -> list[str]:
    spoofs = int(np.count_nonzero(samples.label == 0))
    if spoofs >= FEWEST_SPOOFS:
        return []
    return [f"there are {spoofs} spoof {level}s: with fewer than {FEWEST_SPOOFS}, TPR@FPR=1% is TPR without any accepted."]
