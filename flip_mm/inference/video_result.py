# SPDX-License-Identifier: Apache-2.0
"""The answer for one recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flip_mm.utils.text import safe_line

from .model_card import Decision
from .reasons import DAMAGED, NO_ANSWER, Reason, unreadable
from .result import ANSWERED, NOT_CHECKED, UNSURE, Result, decide, score_text, thresholds
from .video_decision import average


@dataclass(frozen=True)
class VideoResult:
    """The answer for a recording: the thresholds applied to the average score of its frames.

    Attributes:
        verdict: ``'live'``, ``'spoof'`` or ``'unsure'``.
        state: ``'answered'``, or ``'not checked'`` if no frame has a score or the recording is damaged.
        p_real: Mean of the frames that have a score; None without.
        decision: The thresholds and their origin; None without.
        reasons: Why it is unsure or not checked.
        frames: The answers for the frames that were read, in order of their numbers.
        frame_count: Number of frames of the recording that could be used; None if unknown.
        source: Name of the recording.
        kind: ``'video'``, ``'camera'`` or ``'frames'``.
        seconds: Time that reading and checking took.
        early_error: If it was decided early, the largest probability that all frames give another verdict; else None.
    """

    verdict: str
    state: str = ANSWERED
    p_real: float | None = None
    decision: Decision | None = None
    reasons: tuple[Reason, ...] = ()
    frames: tuple[Result, ...] = ()
    frame_count: int | None = None
    source: str = ""
    kind: str = "video"
    seconds: float = 0.0
    early_error: float | None = None

    @property
    def answered(self) -> int:
        """Number of frames with a score."""
        return sum(frame.p_real is not None for frame in self.frames)

    @property
    def frames_per_second(self) -> float:
        """Frames read and checked per second."""
        return len(self.frames) / self.seconds if self.seconds else 0.0

    @property
    def basis(self) -> str:
        """Text that says how many frames it is based on."""
        if self.early_error is None:
            return f"mean of {self.answered} of {len(self.frames)} frames"
        return f"mean of {self.answered} of {self.frame_count} frames in random order, error {self.early_error:g}"

    @property
    def codes(self) -> list[str]:
        """Codes of its reasons, and of its frames' reasons and findings, each once."""
        inside = (code for frame in self.frames for code in frame.codes)
        return list(dict.fromkeys([*(reason.code for reason in self.reasons), *inside]))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, without the frames."""
        return dict(
            source=self.source,
            kind=self.kind,
            verdict=self.verdict,
            state=self.state,
            p_real=self.p_real,
            thresholds=thresholds(self.decision),
            reasons=[asdict(reason) for reason in self.reasons],
            frames=len(self.frames),
            answered_frames=self.answered,
            frame_count=self.frame_count,
            codes=self.codes,
            early_error=self.early_error,
            seconds=self.seconds,
        )

    def __str__(self) -> str:
        why = " ".join(safe_line(reason.advice) for reason in self.reasons)
        text = f"{self.verdict}, {score_text(self.p_real, self.decision)}, {self.basis}"
        return ": ".join(filter(None, [safe_line(self.source), text, why]))


def video_result(
    frames: Sequence[Result], decision: Decision | None, error: str = "", early_error: float | None = None, **facts: Any
) -> VideoResult:
    """Decide about a recording by the average of its frames.

    Args:
        frames: Answers for its frames.
        decision: The thresholds.
        error: Why the recording could not be read to its end; then there is no verdict. '' if it could.
        early_error: See :class:`VideoResult`.
        **facts: Further attributes of :class:`VideoResult`.
    """
    scores = [frame.p_real for frame in frames if frame.p_real is not None]
    facts.update(frames=tuple(frames), decision=decision, early_error=early_error)
    if error or not scores:
        reasons = (unreadable(error), *([DAMAGED] if scores else [])) if error else (NO_ANSWER,)
        return VideoResult(UNSURE, NOT_CHECKED, reasons=reasons, **facts)
    p_real = average(scores)
    verdict, reasons = decide(p_real, decision)
    return VideoResult(verdict, p_real=p_real, reasons=reasons, **facts)
