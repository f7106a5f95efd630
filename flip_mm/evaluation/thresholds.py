# SPDX-License-Identifier: Apache-2.0
"""Threshold rules, which fit a threshold on scores. Scores and labels as in :mod:`~flip_mm.evaluation.functional`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from flip_mm.utils.plain_numbers import plain_float

from .checks import Floats, Ints, checked
from .curve import Curve, Ranking, allowed_errors
from .text_column import Codes


def parse_rule(rule: str) -> tuple[str, float]:
    """Parse a threshold rule.

    Returns:
        ``'eer'``, ``'apcer'`` or ``'bpcer'``, and the bound in 0..1 (0 for ``'eer'``).

    Raises:
        ValueError: The rule is invalid.

    Example:
        >>> parse_rule("apcer=0.01")
        ('apcer', 0.01)
    """
    name, _, bound = str(rule).partition("=")
    try:
        if rule == "eer" or (name in ("apcer", "bpcer") and 0 <= plain_float(bound) < 1):
            return name, plain_float(bound or "0")
    except ValueError:
        pass
    raise ValueError(f"A threshold rule is 'eer', 'apcer=X' or 'bpcer=X' with X in 0..1 (1 excluded), got {rule!r}.")


def attack_rows(labels: Ints, attacks: ArrayLike | Codes | None = None) -> dict[str, Ints]:
    """Return the rows of every attack type.

    Args:
        labels: (N,).
        attacks: (N,) attack types, not read where the label is real; None pools all attacks under ``''``.

    Returns:
        Attack type -> rows with label spoof, ascending; types in alphabetical order.
    """
    spoof = np.flatnonzero(labels == 0)
    if attacks is None:
        return {"": spoof}
    coded = attacks.take(spoof) if isinstance(attacks, Codes) else Codes.of(np.asarray(attacks, dtype=object)[spoof])
    # numpy sorts numbers of 16 bits by radix.
    small = coded.codes.astype(np.int16) if len(coded.names) < 2**15 else coded.codes
    ends = np.cumsum(np.bincount(coded.codes, minlength=len(coded.names)))
    parts = np.split(spoof[np.argsort(small, kind="stable")], ends[:-1])
    return {name: rows for name, rows in sorted(zip(coded.names, parts, strict=True)) if rows.size}


def attack_scores(scores: Floats, labels: Ints, attacks: ArrayLike | Codes | None = None) -> dict[str, Floats]:
    """Return the spoof scores of every attack type, in the given order. See :func:`attack_rows`."""
    return {name: scores[rows] for name, rows in attack_rows(labels, attacks).items()}


def apcer_threshold(spoof: Floats, bound: float, counts: Ints | None = None) -> float:
    """Return the smallest threshold at which at most the share ``bound`` of spoof samples is accepted.

    Args:
        spoof: (N,) scores, ascending.
        bound: The largest share.
        counts: (N,) number of samples with each score; None for one each.

    Returns:
        The threshold; -inf without samples.
    """
    below = np.arange(1, spoof.size + 1) if counts is None else np.cumsum(counts)
    total = int(below[-1])
    if not total:
        return -np.inf
    last_rejected = np.searchsorted(below, total - allowed_errors(total, bound))
    return float(np.nextafter(spoof[last_rejected], np.inf))


def bpcer_threshold(curve: Curve, bound: float) -> float:
    """Return the largest threshold at which at most the share ``bound`` of the real samples is rejected."""
    return below_threshold(curve, allowed_errors(int(curve.real[-1]), bound))


def below_threshold(curve: Curve, allowed: int) -> float:
    """Return the largest threshold with at most ``allowed`` real samples below it; ``allowed`` is below their number."""
    return float(curve.scores[np.searchsorted(curve.real[1:], allowed, side="right")])


def fit(curve: Curve, rule: str, attacks: Iterable[tuple[Floats, Ints | None]]) -> float:
    """Fit a threshold on sorted scores.

    Args:
        curve: The counts of all samples.
        rule: See :func:`fit_threshold`.
        attacks: For each attack type the arguments ``spoof`` and ``counts`` of :func:`apcer_threshold`.
    """
    name, bound = parse_rule(rule)
    if name == "apcer":
        return max(apcer_threshold(spoof, bound, counts) for spoof, counts in attacks)
    return bpcer_threshold(curve, bound) if name == "bpcer" else curve.eer()[0]


@checked
def fit_threshold(scores: Floats, labels: Ints, rule: str = "eer", attacks: ArrayLike | Codes | None = None) -> float:
    """Fit a threshold on scores.

    Args:
        scores: (N,).
        labels: (N,).
        rule: ``'eer'``: the rule of the published tables (:func:`~flip_mm.evaluation.functional.eer_threshold`).
            ``'apcer=X'``: the smallest threshold at which every attack type's APCER is at most X. ``'bpcer=X'``: the largest
            threshold at which BPCER is at most X. The last two are exact: the result can be any float, not only i / 10000.
        attacks: (N,) attack types for ``'apcer=X'``; None pools all attacks.

    Raises:
        ValueError: See :func:`~flip_mm.evaluation.checks.check_scores` and :func:`parse_rule`.

    Example:
        >>> fit_threshold([0.1, 0.3, 0.6, 0.9], [0, 0, 1, 1])  # everything from 0.3001 to 0.6 separates the classes
        0.6
        >>> fit_threshold([0.1, 0.3, 0.6, 0.9], [0, 0, 1, 1], "apcer=0")
        0.30000000000000004
        >>> fit_threshold([0.1, 0.3, 0.6, 0.9], [0, 0, 1, 1], "bpcer=0.5")
        0.9
    """
    ranking = Ranking.of(scores, labels)
    return fit(ranking.curve, rule, [(spoof, None) for spoof in ranked_attacks(ranking, attacks).values()])


def ranked_attacks(ranking: Ranking, attacks: ArrayLike | Codes | None = None) -> dict[str, Floats]:
    """Return the ascending spoof scores of every attack type (N,), see :func:`attack_rows`."""
    return attack_scores(ranking.scores, ranking.real, ranked(attacks, ranking))


def ranked(attacks: ArrayLike | Codes | None, ranking: Ranking) -> Codes | None:
    """Return the attack types of the rows of a ranking."""
    coded = attacks if attacks is None or isinstance(attacks, Codes) else Codes.of(np.asarray(attacks, dtype=object))
    return coded and coded.take(ranking.order)
