# SPDX-License-Identifier: Apache-2.0
"""Error rates of a detector, and what they are worth."""

from __future__ import annotations

from typing import NamedTuple

from flip_mm.evaluation.curve import Metrics, Ranking
from flip_mm.evaluation.iso30107 import ISOMetrics, Rate, rates_at
from flip_mm.evaluation.thresholds import fit_threshold

from .finding import NOTE, WARNING, Finding
from .scoring import Presentations
from .subject import Subject

# Share of pictures without an answer that needs a warning.
MANY_UNANSWERED = 0.05
# Upper bound of an interval above which a rate is called unknown.
UNKNOWN = 0.1


class Threshold(NamedTuple):
    """A threshold on p_live.

    Attributes:
        value: Pictures with at least this score are accepted.
        origin: Where it comes from.
        fitted: Whether it was fitted on the judged pictures, which is optimistic.
    """

    value: float
    origin: str
    fitted: bool = False


class Accuracy(NamedTuple):
    """Error rates of P presentations at a threshold.

    Attributes:
        threshold: The threshold.
        metrics: HTER, AUC and others.
        iso: APCER of every attack type, BPCER.
        unanswered: Class -> number of pictures without an answer, and of all pictures.
    """

    threshold: Threshold
    metrics: Metrics
    iso: ISOMetrics
    unanswered: dict[str, Rate]


def choose_threshold(subject: Subject, found: Presentations, given: float | None, rule: str | None) -> Threshold:
    """Choose the threshold.

    Args:
        subject: The detector.
        found: Scores of the judged presentations.
        given: Threshold of the user.
        rule: Rule to fit one on the judged presentations, see :func:`~flip_mm.evaluation.thresholds.fit_threshold`.

    Returns:
        The given one, or one by the rule, or the detector's own; if there is none, that of equal error rates.
    """
    if given is not None:
        return Threshold(given, "given on the command line")
    if rule is None and subject.threshold is not None:
        return Threshold(subject.threshold, subject.origin)
    rule = rule or "eer"
    value = fit_threshold(found.scores, found.labels, rule, found.attacks)
    return Threshold(value, f"fitted on these pictures by the rule {rule}", True)


def accuracy(found: Presentations, threshold: Threshold, unanswered: dict[str, Rate]) -> Accuracy:
    """Compute the error rates."""
    ranking = Ranking.of(found.scores, found.labels)
    metrics, iso = ranking.curve.metrics(threshold.value), rates_at(ranking, threshold.value, found.attacks)
    return Accuracy(threshold, metrics, iso, unanswered)


def describe(found: Accuracy) -> list[Finding]:
    """Say in words what the error rates mean."""
    worst, name, bpcer = found.iso.apcer_worst, found.iso.worst_attack, found.iso.bpcer
    texts = [Finding(NOTE, "apcer", f"Of {plural(worst.total, 'attack')} of the type {name}, {accepted(worst)}.")]
    texts.append(Finding(NOTE, "bpcer", f"Of {plural(bpcer.total, 'live presentation')}, {rejected(bpcer)}."))
    if found.threshold.fitted:
        text = f"The threshold {found.threshold.value:.4f} was fitted on these pictures, so the error rates are optimistic."
        advice = "Give the threshold that is used in operation (--threshold), or fit one on other pictures."
        texts.append(Finding(WARNING, "fitted", text, advice))
    few = [f"APCER of {kind}" for kind, rate in found.iso.apcer.items() if not _is_known(rate)]
    few += [] if _is_known(bpcer) else ["BPCER"]
    if few:
        text = f"Too few presentations: {', '.join(few)} can be wrong by more than {100 * UNKNOWN:.0f} percentage points."
        advice = "300 presentations of a kind without any error show that its rate is below 1.3 %."
        texts.append(Finding(WARNING, "few", text, advice))
    if many := {kind: rate for kind, rate in found.unanswered.items() if rate.errors and rate.value > MANY_UNANSWERED}:
        listed = ", ".join(f"{rate.errors} of {rate.total} {kind}" for kind, rate in many.items())
        text = f"No answer for {listed} pictures: they count neither as accepted nor as rejected."
        texts.append(
            Finding(WARNING, "unanswered", text, "See the list of unanswered pictures; another --faces may find them.")
        )
    return texts


def _is_known(rate: Rate) -> bool:
    low, high = rate.interval
    return (high - low) / 2 <= UNKNOWN


def plural(number: int, word: str) -> str:
    """Return a number with its word.

    Example:
        >>> plural(1, "attack"), plural(2, "attack")
        ('1 attack', '2 attacks')
    """
    return f"{number} {word}{'' if number == 1 else 's'}"


def accepted(rate: Rate) -> str:
    """Say how many attacks are accepted."""
    return f"{rate.errors} {'was' if rate.errors == 1 else 'were'} accepted as live: {percent(rate)}"


def rejected(rate: Rate) -> str:
    """Say how many live presentations are rejected."""
    return f"{rate.errors} {'was' if rate.errors == 1 else 'were'} rejected: {percent(rate)}"


def percent(rate: Rate) -> str:
    """Return a rate with its interval.

    Example:
        >>> percent(Rate(1, 10))
        '10.0 % (95 %: 1.8 to 40.4 %)'
    """
    low, high = rate.interval
    return f"{100 * rate.value:.1f} % (95 %: {100 * low:.1f} to {100 * high:.1f} %)"
