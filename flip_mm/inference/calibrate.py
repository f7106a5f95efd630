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
from flip_mm.evaluation.score_table import ScoreTable
from flip_mm.evaluation.support import independent_samples
from flip_mm.evaluation.temperature import LIMIT, Temperature, at_temperature, calibrated, fit_temperature, log_loss, log_odds
from flip_mm.evaluation.text_column import Codes, pairs

from .calibration_checks import (
    RESAMPLES,
    check_counts,
    check_separable,
    check_thresholds,
    level_warnings,
    saturation_warnings,
    temperature_warnings,
)
from .model_card import Calibration, Decision


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
    check_counts(rule, review, real, by_type)
    check_separable(frames)
    clipped, saturated = log_odds(frames.score)
    weights = _weights(frames)
    temperature = fit_temperature(clipped, frames.label, weights)
    # Clipped log odds would give attacks of different scores the same one.
    after_frames = frames.with_scores(at_temperature(frames.score, temperature.value))
    before, after = frames.at_level(level), after_frames.at_level(level)
    attacks = after.column("attack_type").coded()
    ranking = Ranking.of(after.score, after.label)
    thresholds = fit_thresholds(ranking, rule, review, attacks)
    is_rounded = bool((frames.score == 1).any())
    check_thresholds(thresholds, rule, after, float(calibrated(LIMIT, temperature.value)) if is_rounded else None)
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
            f"fitted by {rule}{f' with review of {review:g}' if review else ''} on {_origin(data, real, by_type, level)}",
            data | dict(review=review, accept_interval=list(accept), reject_interval=list(reject)),
            _plain(rates) | dict(held_out=_plain(held_out)),
        ),
        Calibration(temperature.value, data | dict(saturated_frames=saturated), errors),
        reliability(before.score, before.label),
        reliability(after.score, after.label),
        [
            *level_warnings(level, frames),
            *temperature_warnings(temperature, errors, f"{len(before)} {level}s"),
            *saturation_warnings(saturated, len(frames)),
        ],
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


def _origin(data: Mapping[str, Any], real: int, by_type: Mapping[str, int], level: str) -> str:
    name = f"'{data['name']}', " if data.get("name") else ""
    unit = "the mean over a video" if level == "video" else "single pictures"
    return f"{name}{real} real and {sum(by_type.values())} attack videos, for {unit}"


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
