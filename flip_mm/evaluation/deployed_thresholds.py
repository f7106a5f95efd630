# SPDX-License-Identifier: Apache-2.0
"""Thresholds for use: the rules of :mod:`~flip_mm.evaluation.thresholds`, between two scores, and a band for review."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .checks import Floats, Ints
from .curve import Ranking, allowed_errors
from .iso30107 import Rate
from .temperature import calibrated, log_odds
from .text_column import Codes
from .thresholds import apcer_threshold, attack_rows, below_threshold, bpcer_threshold, parse_rule, ranked
from .uncertainty import draws, groups_of, percentiles


@dataclass(frozen=True)
class Thresholds:
    """Two thresholds: from ``accept`` on live, below ``reject`` spoof, between them a person decides."""

    accept: float
    reject: float


@dataclass(frozen=True)
class BandRates:
    """What happens to samples at two thresholds.

    Attributes:
        rejected: Real samples that are rejected.
        reviewed: Real samples that a person must decide about.
        accepted_attacks: Attack type -> accepted samples.
        reviewed_attacks: Attack type -> samples that a person must decide about.
    """

    rejected: Rate
    reviewed: Rate
    accepted_attacks: dict[str, Rate]
    reviewed_attacks: dict[str, Rate]


def fit_thresholds(
    ranking: Ranking, rule: str, review: float = 0.0, attacks: ArrayLike | Codes | None = None, counts: Ints | None = None
) -> Thresholds:
    """Fit thresholds by a rule.

    ``'apcer=X'``: ``accept`` is the smallest threshold at which at most the share X of every attack type is accepted.
    ``'bpcer=X'``: ``reject`` is the largest threshold at which at most the share X of the real samples is rejected.
    ``'eer'``: ``accept`` is the threshold, of all between two scores, at which both shares are closest.

    With R = ``review`` and n real samples, of which k are below the threshold of the rule, the other threshold is the largest
    one with at most this number of real samples below it::

        reject: max(k - floor(R n), 0)    for 'apcer=X' and 'eer': real samples that would be rejected are reviewed
        accept: k + floor(R n)            for 'bpcer=X': accepted samples with low scores are reviewed

    So at most the share R of the real samples is between the thresholds. Each threshold is the middle, in log odds, of the
    two neighbouring scores: no count depends on how a score is rounded.

    Args:
        ranking: N sorted samples.
        rule: See above.
        review: R, 0..1 (1 excluded).
        attacks: (N,) attack types.
        counts: (N,) how often each row of the ranking counts, for resamples; None for once.

    Returns:
        The thresholds. 0 accepts everything, and one above all scores rejects everything.
    """
    curve = ranking.curve if counts is None else ranking.drawn(counts)
    name, bound = parse_rule(rule)
    real = int(curve.real[-1])
    if name == "bpcer":
        fitted = bpcer_threshold(curve, bound)
    elif name == "apcer":
        types = attack_rows(ranking.real, ranked(attacks, ranking)).values()
        weights = np.ones(ranking.real.size, np.int64) if counts is None else counts
        fitted = max(apcer_threshold(ranking.scores[rows], bound, weights[rows]) for rows in types)
    else:
        far, frr = curve.far_frr(candidates := np.append(curve.scores, np.inf))
        fitted = float(candidates[np.flatnonzero(np.abs(frr - far) == np.abs(frr - far).min())[-1]])
    below = int(curve.rejected(fitted)[1])
    band = allowed_errors(real, review)
    if name == "bpcer":
        accept = below_threshold(curve, min(below + band, real - 1)) if band else fitted
        return Thresholds(between(curve.scores, max(accept, fitted)), between(curve.scores, fitted))
    reject = min(below_threshold(curve, max(below - band, 0)), fitted) if band else fitted
    return Thresholds(between(curve.scores, fitted), between(curve.scores, reject))


def between(scores: Floats, threshold: float) -> float:
    """Return the middle, in log odds, of the two scores that a threshold is between.

    Args:
        scores: (K,) ascending, 0..1.
        threshold: A threshold.

    Returns:
        A threshold with the same scores below it: 0 if there are none, and the next number above the last score if all are.

    Example:
        >>> round(between(np.array([0.2, 0.8]), 0.3), 6)
        0.5
    """
    place = int(np.searchsorted(scores, threshold))
    if place == 0:
        return 0.0
    if place == scores.size:
        return float(np.nextafter(scores[-1], np.inf))
    low, high = scores[place - 1 : place + 1].tolist()
    middle = float(calibrated(np.mean(log_odds([low, high], np.inf)[0]), 1.0)) if low > 0 and high < 1 else (low + high) / 2
    return middle if low < middle <= high else high


def band_rates(scores: Floats, labels: Ints, thresholds: Thresholds, attacks: ArrayLike | Codes | None = None) -> BandRates:
    """Count what happens to samples.

    Args:
        scores: (N,).
        labels: (N,) of both classes.
        thresholds: The thresholds.
        attacks: (N,) attack types; None for one type ``''``.
    """
    accepted = scores >= thresholds.accept
    return _rates(labels, accepted, ~accepted & (scores >= thresholds.reject), attacks)


def _rates(labels: Ints, accepted: np.ndarray, reviewed: np.ndarray, attacks: ArrayLike | Codes | None) -> BandRates:
    real, rejected = labels == 1, ~accepted & ~reviewed
    rows = attack_rows(labels, attacks)

    def rates(chosen: np.ndarray) -> dict[str, Rate]:
        return {name: Rate(int(chosen[own].sum()), own.size) for name, own in rows.items()}

    count = int(real.sum())
    return BandRates(
        Rate(int(rejected[real].sum()), count), Rate(int(reviewed[real].sum()), count), rates(accepted), rates(reviewed)
    )


def cross_fitted_rates(
    scores: Floats,
    labels: Ints,
    rule: str,
    review: float,
    attacks: Codes,
    groups: Codes,
    folds: int = 5,
    seed: int = 0,
) -> BandRates:
    """Count errors of samples that the thresholds were not fitted on.

    The groups are divided into parts; thresholds are fitted on all parts but one, and the samples of that one are counted.

    Args:
        scores: (N,).
        labels: (N,) of both classes.
        rule: See :func:`fit_thresholds`.
        review: See :func:`fit_thresholds`.
        attacks: (N,) attack types.
        groups: (N,) what stays together, such as all videos of a person.
        folds: Number of parts.
        seed: Seed of the division.
    """
    numbers, size = groups_of(groups)
    part = np.random.default_rng(seed).permutation(size)[numbers] % folds
    accepted, reviewed = np.zeros(labels.size, bool), np.zeros(labels.size, bool)
    for own in range(folds):
        rest = np.flatnonzero(part != own)
        if len(set(labels[rest].tolist())) < 2:
            raise ValueError(f"There are too few independent samples for {folds} parts.")
        found = fit_thresholds(Ranking.of(scores[rest], labels[rest]), rule, review, attacks.take(rest))
        chosen = part == own
        accepted |= chosen & (scores >= found.accept)
        reviewed |= chosen & (scores < found.accept) & (scores >= found.reject)
    return _rates(labels, accepted, reviewed, attacks)


def threshold_intervals(
    ranking: Ranking,
    rule: str,
    review: float = 0.0,
    attacks: ArrayLike | Codes | None = None,
    groups: Codes | None = None,
    resamples: int = 200,
    seed: int = 0,
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return 95 % bootstrap intervals of ``accept`` and ``reject``: how much they depend on which samples were drawn.

    Args:
        ranking: N samples.
        rule: See :func:`fit_thresholds`.
        review: See :func:`fit_thresholds`.
        attacks: (N,) attack types.
        groups: (N,) what is drawn, such as the video of each frame; None if all samples are independent.
        resamples: Number of resamples.
        seed: Seed of the draws.
    """
    rows = np.arange(ranking.real.size)
    numbers, size = (rows, rows.size) if groups is None else groups_of(groups.take(ranking.order))
    found = []
    for drawn in draws(ranking.real, numbers, resamples, seed):
        counts = np.bincount(drawn, minlength=size)[numbers]
        own = fit_thresholds(ranking, rule, review, attacks, counts)
        found.append((own.accept, own.reject))
    accept, reject = percentiles(np.array(found)).tolist()
    return tuple(accept), tuple(reject)
