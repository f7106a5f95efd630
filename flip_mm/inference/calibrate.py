# SPDX-License-Identifier: Apache-2.0
"""Fit the temperature and the thresholds of a model on scores of held-out data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from flip_mm.evaluation.calibration import ReliabilityBin, brier_score, calibration_error, reliability
from flip_mm.evaluation.checks import Floats
from flip_mm.evaluation.curve import Ranking
from flip_mm.evaluation.deployed_thresholds import (
    BandRates,
    Thresholds,
    band_rates,
    cross_fitted_rates,
    fit_thresholds,
    threshold_intervals,
)
from flip_mm.evaluation.iso30107 import Rate
from flip_mm.evaluation.resampling import bootstrap_metrics
from flip_mm.evaluation.score_table import ScoreTable
from flip_mm.evaluation.support import RULE_OF_THREE, independent_samples, too_few
from flip_mm.evaluation.temperature import LIMIT, Temperature, calibrated, fit_temperature, log_loss, log_odds
from flip_mm.evaluation.text_column import Codes, pairs

from .model_card import Calibration, Decision

# With fewer videos of a class, not even a rate of 10 % can be shown.
FEWEST = 10 * RULE_OF_THREE
RESAMPLES = 200


@dataclass(frozen=True)
class Fit:
    """A calibration.

    Attributes:
        temperature: The temperature, and whether the data limits it.
        thresholds: The thresholds.
        rates: Error rates of the same data at the thresholds.
        held_out: Error rates at thresholds that were fitted on four fifths of the data, of the other fifth, five times.
        decision: Thresholds for a model card.
        calibration: Temperature for a model card.
        before: Reliability bins at temperature 1.
        after: The same at the fitted temperature.
        warnings: Sentences about the data.
    """

    temperature: Temperature
    thresholds: Thresholds
    rates: BandRates
    held_out: BandRates
    decision: Decision
    calibration: Calibration
    before: list[ReliabilityBin]
    after: list[ReliabilityBin]
    warnings: list[str]


def calibrate(
    frames: ScoreTable, rule: str, review: float = 0.0, data: Mapping[str, Any] | None = None, level: str = "video"
) -> Fit:
    """Fit temperature and thresholds.

    The temperature is fitted on the frames, in which each video counts once. The thresholds are fitted on the means over the
    frames of each video at this temperature, or on the frames, see
    :func:`~flip_mm.evaluation.deployed_thresholds.fit_thresholds`.

    Args:
        frames: Scores of the model at temperature 1, of videos that it has not seen.
        rule: ``'apcer=X'``, ``'bpcer=X'`` or ``'eer'``.
        review: Largest share of the real samples between the thresholds; 0 for one threshold.
        data: Description of the data.
        level: What is decided about in use: ``'video'``, by the mean over its frames, or ``'frame'``, a single picture.

    Returns:
        The calibration.

    Raises:
        ValueError: The scores do not separate the classes, or are reversed; there are too few videos for the rule; or no
            threshold fulfils it.
    """
    if not 0 <= review < 1:
        raise ValueError(f"review must be in 0..1 (1 excluded), got {review}.")
    frames.check_classes()
    real, by_type = independent_samples(frames)
    _check_counts(rule, review, real, by_type)
    _check_separable(frames)
    clipped, saturated = log_odds(frames.score)
    weights = _weights(frames)
    temperature = fit_temperature(clipped, frames.label, weights)
    # Clipped log odds would give attacks of different scores the same one.
    after_frames = replace_scores(frames, calibrated(log_odds(frames.score, np.inf)[0], temperature.value))
    before, after = frames.at_level(level), after_frames.at_level(level)
    attacks = after.column("attack_type").coded()
    ranking = Ranking.of(after.score, after.label)
    thresholds = fit_thresholds(ranking, rule, review, attacks)
    _check_thresholds(thresholds, rule, after)
    rates = band_rates(after.score, after.label, thresholds, attacks)
    held_out = cross_fitted_rates(after.score, after.label, rule, review, attacks, _groups(after))
    accept, reject = threshold_intervals(ranking, rule, review, attacks, after.video_codes(), RESAMPLES)
    data = dict(data or {}) | dict(level=level, real=real, attacks=by_type, domains=_domains(frames))
    errors = {name: _errors(table) for name, table in (("before", before), ("after", after))}
    for name, value in (("before", 1.0), ("after", temperature.value)):
        errors[name]["log_loss"] = log_loss(clipped, frames.label, value, weights)
    return Fit(
        temperature,
        thresholds,
        rates,
        held_out,
        Decision(
            thresholds.accept,
            thresholds.reject,
            rule,
            f"fitted by {rule}{f' with review of {review:g}' if review else ''} on {_origin(data, real, by_type)}",
            data | dict(review=review, accept_interval=list(accept), reject_interval=list(reject)),
            _plain(rates) | dict(held_out=_plain(held_out)),
        ),
        Calibration(temperature.value, data | dict(saturated_frames=saturated), errors),
        reliability(before.score, before.label),
        reliability(after.score, after.label),
        [
            *_level_warnings(level, frames, before),
            *_temperature_warnings(temperature, errors, f"{len(before)} {level}s"),
            *_saturation_warnings(saturated, len(frames)),
        ],
    )


def replace_scores(table: ScoreTable, scores: Floats) -> ScoreTable:
    """Return a table with other scores."""
    columns = {name: table.column(name) for name in ("file", "video", "subject", "domain", "attack_type")}
    return ScoreTable(**columns, label=table.label, score=scores)


def _check_counts(rule: str, review: float, real: int, by_type: Mapping[str, int]) -> None:
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


def _check_separable(frames: ScoreTable) -> None:
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


def _check_thresholds(thresholds: Thresholds, rule: str, videos: ScoreTable) -> None:
    lowest, highest = videos.score.min(), videos.score.max()
    if thresholds.accept > highest or thresholds.reject > highest:
        raise ValueError(
            f"No threshold fulfils {rule}: it would reject everything, because the highest scores are those of attacks (up to "
            f"{highest:.6g}). Allow more, or train for this camera."
        )
    if thresholds.accept <= lowest:
        raise ValueError(
            f"The threshold of {rule} would accept everything (all scores are at least {lowest:.6g}). Allow fewer mistakes, or "
            "use eer."
        )


def _weights(frames: ScoreTable) -> Floats:
    videos = frames.video_codes().codes
    return 1 / np.bincount(videos)[videos]


def _groups(videos: ScoreTable) -> Codes:
    """Subjects, or videos where a subject is unknown: all videos of a person are in one part."""
    subjects = videos.column("subject").coded()
    if (videos.texts("subject") == "").any():
        return videos.video_codes()
    return pairs(videos.column("domain").coded(), subjects)


def _domains(frames: ScoreTable) -> dict[str, int]:
    """Number of videos of each domain."""
    names, counts = np.unique(frames.at_level("video").texts("domain").astype(str), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def _errors(videos: ScoreTable) -> dict[str, Any]:
    """Calibration error and Brier score of all videos, and the error of each domain."""
    domains = videos.texts("domain")
    own = {name: np.flatnonzero(domains == name) for name in sorted(set(domains.tolist()))}
    return dict(
        ece=calibration_error(videos.score, videos.label),
        brier=brier_score(videos.score, videos.label),
        domains={name: calibration_error(videos.score[rows], videos.label[rows]) for name, rows in own.items()},
    )


def _origin(data: Mapping[str, Any], real: int, by_type: Mapping[str, int]) -> str:
    name = f"'{data['name']}', " if data.get("name") else ""
    return f"{name}{real} real and {sum(by_type.values())} attack videos"


def _plain(rates: BandRates) -> dict[str, Any]:
    def plain(rate: Rate) -> dict[str, Any]:
        return dict(errors=rate.errors, total=rate.total, interval=list(rate.interval))

    def types(own: Mapping[str, Rate]) -> dict[str, Any]:
        return {name: plain(rate) for name, rate in own.items()}

    return dict(
        bpcer=plain(rates.rejected),
        apcer=types(rates.accepted_attacks),
        review_real=plain(rates.reviewed),
        review_attacks=types(rates.reviewed_attacks),
    )


def _temperature_warnings(temperature: Temperature, errors: Mapping[str, Any], samples: str) -> list[str]:
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


def _level_warnings(level: str, frames: ScoreTable, samples: ScoreTable) -> list[str]:
    if level == "frame" or len(frames) == len(samples):
        return []
    return ["The thresholds are for the mean over the frames of a video. For single pictures take --level frame."]


def _saturation_warnings(saturated: int, total: int) -> list[str]:
    if not saturated:
        return []
    return [
        f"{saturated} of {total} frames have log odds beyond {LIMIT:.1f} (a score within 6e-8 of 0 or 1): the temperature is "
        f"fitted with {LIMIT:.1f} for them."
    ]
