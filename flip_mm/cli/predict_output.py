# SPDX-License-Identifier: Apache-2.0
"""Print the answers of ``flip_mm predict``: a table for people, JSON lines or CSV for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from flip_mm.utils.csv_cells import csv_text
from flip_mm.utils.text import safe_line

if TYPE_CHECKING:
    from flip_mm.inference.model_card import Decision
    from flip_mm.inference.result import Result
    from flip_mm.inference.video_result import VideoResult

COLUMNS = (
    "source",
    "kind",
    "frame",
    "verdict",
    "state",
    "p_real",
    "accept",
    "reject",
    "x0",
    "y0",
    "x1",
    "y1",
    "face_score",
    "codes",
    "most_similar",
    "frames",
    "answered_frames",
    "frames_per_second",
)


class Output(Protocol):
    """Prints answers as they come."""

    def start(self, decision: Decision | None, has_crops: bool = False) -> None:
        """Print what comes first; ``has_crops``: no face is searched."""

    def add(self, answer: Result | VideoResult) -> None:
        """Print an answer."""

    def end(self) -> None:
        """Print what comes last."""


class Table:
    """A table for people, the advice for each code below it."""

    def __init__(self) -> None:
        # Code -> advice -> the first source with it: that of an unreadable picture says why.
        self.advice: dict[str, dict[str, str]] = {}

    def start(self, decision: Decision | None, has_crops: bool = False) -> None:
        """Print thresholds, whether faces are searched, and the names of the columns."""
        from flip_mm.inference.result import threshold_text

        if decision is not None:
            _print(f"Thresholds on p_real: {threshold_text(decision)} ({safe_line(decision.origin)})")
        if has_crops:
            _print("Every picture is taken for a face crop (faces: given). Answers for whole pictures mean nothing.")
        _print("verdict  p_real  source")

    def add(self, answer: Result | VideoResult) -> None:
        """Print a row."""
        p_real = "-" if answer.p_real is None else f"{answer.p_real:.4f}"
        basis = getattr(answer, "basis", "")
        if basis:
            basis = f"({basis}, {answer.frames_per_second:.1f} frames per second)"
        frame = getattr(answer, "frame", None)
        place = safe_line(answer.source) + ("" if frame is None else f" frame {frame}")
        _print("  ".join(filter(None, [f"{answer.verdict:<7}", f"{p_real:<6}", place, basis, ", ".join(answer.codes)])))
        for one in (answer, *getattr(answer, "frames", ())):
            for reason in (*one.reasons, *getattr(one, "findings", ())):
                self.advice.setdefault(reason.code, {}).setdefault(safe_line(reason.advice), place)

    def end(self) -> None:
        """Print what each code means."""
        for code, places in self.advice.items():
            for advice, place in places.items():
                _print(f"{code}: {advice}" if len(places) == 1 else f"{code} ({place}): {advice}")


class JsonLines:
    """One JSON object a line."""

    def start(self, decision: Decision | None, has_crops: bool = False) -> None:
        """Print nothing."""

    def add(self, answer: Result | VideoResult) -> None:
        """Print an object."""
        _print(json.dumps(answer.to_dict(), allow_nan=False))

    def end(self) -> None:
        """Print nothing."""


class Csv:
    """A CSV file with :data:`COLUMNS`; cells without a value are empty."""

    def start(self, decision: Decision | None, has_crops: bool = False) -> None:
        """Print the first line."""
        _print(",".join(COLUMNS))

    def add(self, answer: Result | VideoResult) -> None:
        """Print a line."""
        facts = answer.to_dict()
        face = facts.get("face") or {}
        facts.update(facts["thresholds"] or {}, codes=" ".join(answer.codes), face_score=face.get("score"))
        facts.update(zip(("x0", "y0", "x1", "y1"), face.get("box", ()), strict=False))
        facts["frames_per_second"] = getattr(answer, "frames_per_second", None)
        row = [facts.get(name) for name in COLUMNS]
        cells = ["" if cell is None else safe_line(cell) if isinstance(cell, str) else cell for cell in row]
        _print(csv_text([cells]).rstrip("\n"))

    def end(self) -> None:
        """Print nothing."""


def _print(line: str) -> None:
    # Flushed, so that a reader gets an answer when it is known, and a closed pipe is noticed.
    print(line, flush=True)
