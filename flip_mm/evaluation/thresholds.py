# SPDX-License-Identifier: Apache-2.0
"""Threshold rules, which fit a threshold on scores. Scores and labels as in :mod:`~flip_mm.evaluation.functional`."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from flip_mm.utils.plain_numbers import plain_float

from .checks import Floats, Ints, checked
from .functional import eer_threshold, group


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


def attack_scores(scores: Floats, labels: Ints, attacks: ArrayLike | None = None) -> dict[str, Floats]:
    """Return the spoof scores of every attack type.

    Args:
        scores: (N,).
        labels: (N,).
        attacks: (N,) attack types, not read where the label is real; None pools all attacks under ``''``.

    Returns:
        Attack type -> scores, in alphabetical order.
    """
    spoof = labels == 0
    if attacks is None:
        return {"": scores[spoof]}
    names, numbers = group(np.asarray(attacks, dtype=object)[spoof].tolist())
    order = np.argsort(numbers, kind="stable")
    parts = np.split(scores[spoof][order], np.cumsum(np.bincount(numbers))[:-1])
    return dict(sorted(zip(names, parts, strict=True)))


def allowed_errors(total: int, bound: float) -> int:
    """Return the largest k with k / total <= bound, compared as floats.

    Example:
        >>> allowed_errors(100, 0.29)  # although 0.29 * 100 < 29 in floating point
        29
    """
    errors = min(int(bound * total) + 1, total)
    while errors / total > bound:
        errors -= 1
    return errors


def apcer_threshold(spoof: Floats, bound: float) -> float:
    """Return the smallest threshold at which at most the share ``bound`` of the spoof scores is accepted."""
    first_rejected = spoof.size - 1 - allowed_errors(spoof.size, bound)
    return float(np.nextafter(np.partition(spoof, first_rejected)[first_rejected], np.inf))


@checked
def fit_threshold(scores: Floats, labels: Ints, rule: str = "eer", attacks: ArrayLike | None = None) -> float:
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
    name, bound = parse_rule(rule)
    if name == "apcer":
        return max(apcer_threshold(spoof, bound) for spoof in attack_scores(scores, labels, attacks).values())
    if name == "bpcer":
        real = scores[labels == 1]
        allowed = allowed_errors(real.size, bound)
        return float(np.partition(real, allowed)[allowed])
    return eer_threshold.unchecked(scores, labels)
