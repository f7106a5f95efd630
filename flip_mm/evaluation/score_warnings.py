# SPDX-License-Identifier: Apache-2.0
"""Warnings about scores that make metrics unreliable."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from flip_mm.utils.text import plain_name

from .curve import GRID, Curve, Metrics
from .score_table import ScoreTable
from .text_column import by_appearance

# From this difference of two EERs, or share of a class, a warning is given.
NOTABLE = 0.01
# With fewer spoof samples, FPR <= 1 % allows no error.
FEWEST_SPOOFS = 100


def score_warnings(samples: ScoreTable, curve: Curve, metrics: Metrics, level: str) -> list[str]:
    """Return the warnings about a set of scores.

    Args:
        samples: The scores.
        curve: The counts of ``samples``.
        metrics: The metrics of ``samples``.
        level: ``'video'`` or ``'frame'``.

    Returns:
        A sentence for each of these cases: rows without a video; names of videos that differ only in case; scores that are
        all equal; scores that are closer together than the published thresholds; many scores of both classes at exactly 0 or
        1; a threshold that accepts or rejects everything; too few spoof samples for TPR@FPR=1%.
    """
    return [*_names(samples, level), *_scores(samples), *_grid(curve, metrics), *_threshold(metrics), *_few(samples, level)]


def _names(samples: ScoreTable, level: str) -> list[str]:
    found = []
    if level == "frame":
        return found
    own = samples.column("video").coded()
    blank = np.array([not name.strip() for name in own.names.tolist()], bool)
    unknown = int(np.count_nonzero(blank[own.codes]))
    if unknown:
        found.append(f"{unknown} rows name no video; each of them counts as a separate video.")
    names = samples.video_codes()
    used = names.take(by_appearance(names.codes, len(names.names))[1]).texts().tolist()
    plain = [plain_name(video).casefold() for video in used]
    if len(set(plain)) == len(used):
        return found
    spellings = defaultdict(set)
    for name, video in zip(plain, used, strict=True):
        spellings[name].add(video)
    if alike := [sorted(names) for names in spellings.values() if len(names) > 1]:
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
        shares = [np.mean(score[chosen] == end) for chosen in (real, ~real)]
        if min(shares) >= NOTABLE:
            found.append(
                f"{100 * shares[0]:.1f} % of real and {100 * shares[1]:.1f} % of spoof have exactly the score {end:.0f}: no "
                "threshold separates these, and AUC counts them half."
            )
    return found


def _grid(curve: Curve, metrics: Metrics) -> list[str]:
    exact = curve.exact_eer()
    if metrics.eer - exact < NOTABLE:
        return []
    low, high = curve.scores[[0, -1]]
    return [
        f"the EER of {100 * metrics.eer:.2f} uses the published thresholds, {GRID[1]:g} apart; with thresholds between "
        f"them it is {100 * exact:.2f}. Too many scores are closer together (all are in {low:.6g} .. {high:.6g}). HTER at a "
        "threshold of the rule 'eer' has the same error; AUC and the rules apcer=X and bpcer=X do not."
    ]


def _threshold(metrics: Metrics) -> list[str]:
    if {metrics.far, metrics.frr} != {0.0, 1.0}:
        return []
    verb = "accepts" if metrics.far else "rejects"
    return [f"the threshold {metrics.threshold:.6g} {verb} every sample: HTER is then 50 for any scores."]


def _few(samples: ScoreTable, level: str) -> list[str]:
    spoofs = int(np.count_nonzero(samples.label == 0))
    if spoofs >= FEWEST_SPOOFS:
        return []
    return [f"there are {spoofs} spoof {level}s: with fewer than {FEWEST_SPOOFS}, TPR@FPR=1% allows no accepted spoof."]
