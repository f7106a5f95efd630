# SPDX-License-Identifier: Apache-2.0
"""When a calibration is refused, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from flip_mm.evaluation.curve import Ranking
from flip_mm.evaluation.deployed_thresholds import Thresholds
from flip_mm.evaluation.resampling import bootstrap_metrics
from flip_mm.evaluation.score_table import ScoreTable
from flip_mm.evaluation.support import RULE_OF_THREE, too_few
from flip_mm.evaluation.temperature import LIMIT, Temperature
from flip_mm.evaluation.text_column import Codes

# With fewer videos of a class, not even a rate of 10 % can be shown.
FEWEST = 10 * RULE_OF_THREE
RESAMPLES = 200


def check_counts(rule: str, review: float, real: int, by_type: Mapping[str, int]) -> None:
    """Refuse too few videos.

    Args:
        rule: The threshold rule.
        review: Share of the real samples to review.
        real: Number of real videos.
        by_type: Attack type -> number of its videos.

    Raises:
        ValueError: There are too few for the rule.
    """
    attacks = sum(by_type.values())
    if reason := too_few(rule, real, dict(by_type)):
        raise ValueError(f"Too few to say, so no threshold is stored: {reason} for {rule}. {_advice(rule, real, by_type)}")
    if min(real, attacks) < FEWEST:
        raise ValueError(
            f"Too few to say, so no threshold is stored: {real} real and {attacks} attack videos, {FEWEST} of each are needed."
        )
    if review and real * review < 1:
        raise ValueError(f"Too few to say: a review of {review:g} of {real} real videos is less than one video.")


def _advice(rule: str, real: int, by_type: Mapping[str, int]) -> str:
    name = rule.partition("=")[0]
    count = real if name == "bpcer" else min(by_type.values())
    # Rounded up to a value that can be typed.
    smallest = np.ceil(1000 * RULE_OF_THREE / count) / 1000
    return f"Collect more, or use --rule {name}={smallest:g} or eer." if smallest < 1 else "Collect more, or use --rule eer."


def check_separable(frames: ScoreTable) -> None:
    """Refuse scores that may be the same for both classes, or are reversed.

    Raises:
        ValueError: The 95 % interval of AUC, by bootstrap of the videos, contains 50 % or is below it.
    """
    videos = frames.at_level("video")
    ranking = Ranking.of(videos.score, videos.label)
    groups = Codes.of(map(str, range(len(videos))))
    attacks = videos.column("attack_type").coded()
    low, high = bootstrap_metrics(ranking, groups, 0.5, "eer", attacks, RESAMPLES)[1]
    where = f"AUC {100 * ranking.curve.auc():.1f} %, 95 % interval {low:.1f} to {high:.1f}"
    if high < 50:
        raise ValueError(
            f"The scores are reversed ({where}): attacks have higher scores than real users. Exchange the labels, or the "
            "classes of the model; no threshold is stored."
        )
    if low <= 50:
        raise ValueError(
            f"Not separable ({where}): scores of real users and of attacks may be the same, so no threshold can decide, and "
            "none is stored. Check faces, crops and labels, or train for this camera."
        )


def check_thresholds(thresholds: Thresholds, rule: str, samples: ScoreTable, saturated: float | None) -> None:
    """Refuse thresholds that decide nothing.

    Args:
        thresholds: The thresholds.
        rule: Their rule.
        samples: The calibrated samples.
        saturated: From this score on, different scores may have been rounded to 1; None if none was.

    Raises:
        ValueError: Everything would be rejected or accepted, or a threshold is among rounded scores.
    """
    lowest, highest = samples.score.min(), samples.score.max()
    if thresholds.accept > highest or thresholds.reject > highest:
        raise ValueError(
            f"No threshold fulfils {rule}: it would reject everything, because the highest scores are those of attacks (up to "
            f"{highest:.6g}). Allow more, or train for this camera."
        )
    if thresholds.accept <= lowest:
        raise ValueError(
            f"The threshold of {rule} would accept everything (all scores are at least {lowest:.6g}). Allow fewer mistakes, "
            "or use eer."
        )
    if saturated is not None and thresholds.accept > saturated:
        raise ValueError(
            f"No threshold can be fitted by {rule}: it would be among scores that were rounded to 1, in float32. Calibrate "
            "with a folder of pictures, which keeps all digits."
        )


def temperature_warnings(temperature: Temperature, errors: Mapping[str, Any], samples: str) -> list[str]:
    """Say what limits the temperature; ``errors`` are those of a card, ``samples`` their number in words."""
    if temperature.is_bounded:
        return [f"The best temperature is outside of the allowed range: {temperature.value:g} is stored, an end of it."]
    if temperature.is_separable:
        return [
            "No frame is on the wrong side of 0.5: only the number of samples limits how sure the calibrated probabilities are."
        ]
    if errors["after"]["ece"] > errors["before"]["ece"]:
        return [
            f"ECE did not fall: with {samples} it is uncertain, and the temperature minimises the log loss, which fell "
            f"from {errors['before']['log_loss']:.4f} to {errors['after']['log_loss']:.4f}."
        ]
    return []


def level_warnings(level: str, frames: ScoreTable) -> list[str]:
    """Say what several frames of a video mean for thresholds and intervals."""
    if len(frames) == len(frames.at_level("video")):
        return []
    if level == "frame":
        return ["Frames of a video are alike, so the Wilson intervals of frames are too narrow."]
    return ["The thresholds are for the mean over the frames of a video. For single pictures take --level frame."]


def saturation_warnings(saturated: int, total: int) -> list[str]:
    """Say how many frames have clipped log odds."""
    if not saturated:
        return []
    return [
        f"{saturated} of {total} frames have log odds beyond {LIMIT:.1f} (a score within 6e-8 of 0 or 1): the temperature is "
        f"fitted with {LIMIT:.1f} for them."
    ]
