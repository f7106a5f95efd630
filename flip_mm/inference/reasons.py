# SPDX-License-Identifier: Apache-2.0
"""Why a picture was not checked, or why a verdict is unsure: fixed codes for programs, one sentence of advice for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """A reason.

    Attributes:
        code: Fixed word for programs.
        advice: One sentence for people.
    """

    code: str
    advice: str


NO_THRESHOLD = Reason("no_threshold", "The model has no threshold: run flip_mm calibrate, or give one.")
REVIEW = Reason("review", "The score is between the two thresholds: let a person decide, or take another picture.")
NO_ANSWER = Reason("no_answered_frame", "No frame of the recording could be checked: its frames say why.")
DAMAGED = Reason("damaged_recording", "The recording ended with an error, so there is no decision about it: record it again.")


def unreadable(error: str) -> Reason:
    """The picture or frame cannot be read, for the reason in a clause."""
    return Reason("unreadable", f"It cannot be read: {error}.")


def detector_failed(error: Exception) -> Reason:
    """The face detector raised an error."""
    return Reason("detector_failed", f"It was not checked, because {error}.")


def bad_box(box: tuple[float, ...]) -> Reason:
    """The given box has no area, or lies outside of the picture."""
    return Reason("bad_box", f"The given box {tuple(round(float(value), 1) for value in box)} shows no part of the picture.")
