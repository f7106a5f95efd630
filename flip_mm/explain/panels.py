# SPDX-License-Identifier: Apache-2.0
"""The parts of an explanation: title, drawing and sentences of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes

from . import cue_plots, face_plots, words
from .evidence import METHODS, Evidence
from .explanation import Explanation
from .overlay import COLOURS
from .score_plots import plot_prompts, plot_scales, plot_shifts

# Largest share of a map without a place to point at.
WEAK = 0.1
# Inches for the labels at the left of a plot, and for sentences.
AXES, SENTENCES = 0.6, 2.9


@dataclass(frozen=True)
class Panel:
    """A part of an explanation.

    Attributes:
        title: Short title.
        text: Sentences: what it shows, and what it does not show.
        draw: Draws it.
        left: Inches that its axes need for labels at the left; 0 for a picture without axes.
        wide: Whether it needs the width of two.
    """

    title: str
    text: str
    draw: Callable[[Axes], None]
    left: float = 0.0
    wide: bool = False


def panel_groups(explanation: Explanation) -> dict[str, list[Panel]]:
    """Return title -> parts of an explanation, in the order in which they are shown; groups are not empty."""
    groups = {
        "What the model looked at": [*_picture(explanation), *_evidence(explanation)],
        "What the score depends on": [*_prompts(explanation), *_moves(explanation)],
        "What a person may look for": [*_cues(explanation)],
    }
    return {title: found for title, found in groups.items() if found}


def _picture(explanation: Explanation) -> Iterator[Panel]:
    picture, face = explanation.picture, explanation.result.face
    if picture is not None and (face is not None or not explanation.is_answered):
        text = words.PICTURE if explanation.is_answered else words.UNCHECKED
        yield Panel("The picture", text, partial(face_plots.plot_picture, picture, face))


def _evidence(explanation: Explanation) -> Iterator[Panel]:
    for number, evidence in enumerate(explanation.evidence, 1):
        yield from _maps(evidence, f", input {number}" if len(explanation.evidence) > 1 else "")


def _maps(evidence: Evidence, name: str) -> Iterator[Panel]:
    height, width = evidence.crop.shape[:2]
    text = words.CROP.format(height=height, width=width)
    yield Panel(f"What the network sees{name}", text, partial(face_plots.plot_crop, evidence.crop))
    for title, values in (("live", evidence.real), ("spoof", evidence.spoof)):
        text = words.MAP.format(name=title, no_proof=words.NO_PROOF) if values.max() > WEAK else words.WEAK.format(name=title)
        text += f" Method: {METHODS[evidence.method]}."
        draw = partial(face_plots.plot_map, evidence.crop, values, COLOURS[title])
        yield Panel(f"What argues for {title}{name}", text, draw)
    if evidence.rollout is not None:
        text = f"{words.ROLLOUT} Method: attention rollout (Abnar & Zuidema, 2020)."
        yield Panel(f"Where attention goes{name}", text, partial(face_plots.plot_rollout, evidence.crop, evidence.rollout))


def _prompts(explanation: Explanation) -> Iterator[Panel]:
    similarities = explanation.result.similarities
    if similarities:
        real = set(explanation.prompts.get("real", ()))
        best = explanation.result.most_similar
        text = words.PROMPTS.format(best=best, name="live" if best in real else "spoof")
        draw = partial(plot_prompts, similarities, real)
        yield Panel("Which sentence the face resembles", text, draw, SENTENCES, wide=True)


def _moves(explanation: Explanation) -> Iterator[Panel]:
    moves, result = explanation.moves, explanation.result
    if moves is not None:
        text = words.SHIFT.format(steady=words.steadiness(result, moves))
        yield Panel("If the box is shifted", text, partial(plot_shifts, moves, result.decision), AXES)
        yield Panel("If the box has another size", words.SCALE, partial(plot_scales, moves, result.decision), AXES)


def _cues(explanation: Explanation) -> Iterator[Panel]:
    if (cues := explanation.cues) is None:
        return
    for title, text, draw in (
        ("Texture (LBP)", words.LBP, partial(cue_plots.plot_lbp, cues.lbp)),
        ("Spectrum (FFT)", words.SPECTRUM, partial(cue_plots.plot_spectrum, cues.spectrum)),
        ("Spectrum by fineness", words.RADIAL, partial(cue_plots.plot_radial, cues.radial)),
        ("Fine detail (high-pass)", words.HIGH_PASS, partial(cue_plots.plot_high_pass, cues.high_pass)),
    ):
        yield Panel(title, f"{text} {words.CUE}", draw, AXES if draw.func is cue_plots.plot_radial else 0.0)
