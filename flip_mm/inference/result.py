# SPDX-License-Identifier: Apache-2.0
"""The answer for one face or picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from flip_mm.faces.face import Face
from flip_mm.utils.text import safe_line

from .model_card import Decision
from .reasons import NO_THRESHOLD, REVIEW, Reason

LIVE, SPOOF, UNSURE = "live", "spoof", "unsure"
ANSWERED, NOT_CHECKED = "answered", "not checked"


@dataclass(frozen=True)
class Averaging:
    """How stable a score is if the box moves a little.

    Attributes:
        crops: Number of crops, of which the score is the mean.
        low: Lowest ``p_real`` of a crop.
        high: Highest one.
        std: Standard deviation.
    """

    crops: int
    low: float
    high: float
    std: float


@dataclass(frozen=True)
class Result:
    """The answer for one face.

    Attributes:
        verdict: ``'live'``, ``'spoof'`` or ``'unsure'``.
        state: ``'answered'``, or ``'not checked'`` if no score was computed; then the verdict is unsure.
        p_real: Probability of a live face in 0..1; None if it was not computed.
        decision: The thresholds and their origin; None without.
        face: The face that was checked; None for a given crop, or without a face.
        findings: Properties of picture and face that reduce the quality of the answer.
        similarities: Prompt -> cosine similarity; empty without prompts.
        reasons: Why it is unsure or not checked; empty if the verdict is live or spoof.
        source: Name of the picture or recording.
        kind: ``'picture'``, ``'video'``, ``'camera'`` or ``'frames'``.
        frame: Number of the frame in the recording, from 0; None for a picture.
        time: Seconds since the beginning of the recording; None if unknown.
        averaging: If the score is a mean over several crops.
        explainer: Makes the explanation; None for frames, which are not read again, and if no detector made the result.
    """

    verdict: str
    state: str = ANSWERED
    p_real: float | None = None
    decision: Decision | None = None
    face: Face | None = None
    findings: tuple[Reason, ...] = ()
    similarities: dict[str, float] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    source: str = ""
    kind: str = "picture"
    frame: int | None = None
    time: float | None = None
    averaging: Averaging | None = None
    explainer: Callable[..., Any] | None = field(default=None, repr=False, compare=False)

    def explain(self, maps: str = "auto") -> Any:
        """Say why: what the model looked at, which sentence fits, how steady the score is; see docs/explain.md.

        Args:
            maps: ``'gradients'``, ``'occlusion'``; or ``'auto'``: gradients where they are possible, otherwise occlusion.

        Returns:
            An :class:`~flip_mm.explain.explanation.Explanation`; ``save("why.png")`` or ``save("why.html")`` writes it.

        Raises:
            ValueError: The result is of a frame, which is not kept; or the model has no maps of this kind.
            ImportError: scikit-image is not installed.
        """
        if self.explainer is None:
            place = f"'{safe_line(self.source)}'" + ("" if self.frame is None else f", frame {self.frame},")
            raise ValueError(f"{place} cannot be explained, because frames are not kept: give the frame as a picture.")
        return self.explainer(self, maps)

    @property
    def most_similar(self) -> str:
        """The prompt that the face resembles most; '' without prompts."""
        return max(self.similarities, key=self.similarities.__getitem__) if self.similarities else ""

    @property
    def codes(self) -> list[str]:
        """Codes of reasons and findings, each once."""
        return list(dict.fromkeys(reason.code for reason in (*self.reasons, *self.findings)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; docs/inference.md explains the keys."""
        face = self.face
        return dict(
            source=self.source,
            kind=self.kind,
            frame=self.frame,
            time=self.time,
            verdict=self.verdict,
            state=self.state,
            p_real=self.p_real,
            thresholds=thresholds(self.decision),
            face=None if face is None else asdict(face),
            findings=[asdict(finding) for finding in self.findings],
            reasons=[asdict(reason) for reason in self.reasons],
            similarities=dict(self.similarities),
            most_similar=self.most_similar or None,
            averaging=asdict(self.averaging) if self.averaging else None,
        )

    def __str__(self) -> str:
        place = safe_line(self.source) + ("" if self.frame is None else f" frame {self.frame}")
        why = " ".join(safe_line(reason.advice) for reason in self.reasons)
        return ": ".join(filter(None, [place, f"{self.verdict}, {score_text(self.p_real, self.decision)}", why]))


def thresholds(decision: Decision | None) -> dict[str, Any] | None:
    """Return thresholds, rule and origin as plain data; None without a decision."""
    if decision is None:
        return None
    return dict(accept=decision.accept, reject=decision.reject, rule=decision.rule, origin=decision.origin)


def score_text(p_real: float | None, decision: Decision | None) -> str:
    """Return ``'p_real 0.9931 (live from 0.5)'``; ``'not checked'`` without a score."""
    if p_real is None:
        return "not checked"
    return f"p_real {p_real:.4f}" + (f" ({threshold_text(decision)})" if decision else "")


def threshold_text(decision: Decision) -> str:
    """Return ``'live from 0.5'``, or ``'live from 0.7, spoof below 0.4'``."""
    if decision.accept == decision.reject:
        return f"live from {decision.accept:.4g}"
    return f"live from {decision.accept:.4g}, spoof below {decision.reject:.4g}"


def decide(p_real: float, decision: Decision | None) -> tuple[str, tuple[Reason, ...]]:
    """Return the verdict for a probability, and the reasons if it is unsure.

    Args:
        p_real: Probability of a live face.
        decision: The thresholds; without them nothing can be decided.
    """
    if decision is None:
        return UNSURE, (NO_THRESHOLD,)
    if p_real >= decision.accept:
        return LIVE, ()
    if p_real < decision.reject:
        return SPOOF, ()
    return UNSURE, (REVIEW,)


def not_checked(reasons: Sequence[Reason], **facts: Any) -> Result:
    """Return the answer for a picture without a score; ``facts`` are further attributes."""
    return Result(UNSURE, NOT_CHECKED, reasons=tuple(reasons), **facts)
