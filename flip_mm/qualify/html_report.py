# SPDX-License-Identifier: Apache-2.0
"""Write what was found about a detector as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from flip_mm import __version__
from flip_mm.datasets.image_source import read_image_file
from flip_mm.evaluation.iso30107 import Rate
from flip_mm.inference.model_card import InputSpec
from flip_mm.labels import REAL
from flip_mm.media.decoding import decode_image
from flip_mm.utils.text import safe_line
from flip_mm.visualization.html_page import Picture, thumbnail, write_page
from flip_mm.visualization.qualify_plots import LIVE, score_chart, sweep_chart

from .qualification import Qualification
from .samples import Sample

# Pictures of each kind of error, and their size.
SHOWN, SIDE = 12, 144
WORDS = {"error": "fault", "warning": "warning", "note": "note", "good": "passed"}
TERMS = (
    ("p_live", "probability of a live face that the detector returns, 0 to 1"),
    ("bona fide", "a live person in front of the camera"),
    ("presentation attack", "something shown to the camera instead: a print, a display, a mask"),
    ("APCER", "share of the attacks of one type that are accepted as live (ISO/IEC 30107-3); the worst type counts"),
    ("BPCER", "share of the bona fide presentations that are rejected"),
    ("HTER", "mean of BPCER and the share of all attacks that are accepted"),
    ("AUC", "probability that a live picture scores higher than an attack: 1 is perfect, 0.5 is chance, below 0.5 is swapped"),
    (
        "95 % interval",
        "where the rate of many more presentations of the same kind probably lies; not of other cameras or attacks",
    ),
)


class Row(NamedTuple):
    """A line of the table of error rates."""

    name: str
    error: str
    rate: Rate


class Sheet(NamedTuple):
    """A grid of pictures with a title."""

    title: str
    pictures: list[Picture]


def write_html_report(found: Qualification, path: Path, thumbnails: bool = True) -> None:
    """Write one HTML file without references to other files.

    Args:
        found: What was found.
        path: HTML file to write.
        thumbnails: Whether pictures of the data are shown.

    Raises:
        ImportError: Jinja2 is not installed.
    """
    iso = found.accuracy.iso
    labels, attacks, scores = found.scored.presentations()
    kinds = {LIVE: scores[labels == REAL]}
    kinds |= {kind: scores[(labels != REAL) & (np.array(attacks) == kind)] for kind in iso.apcer}
    groups: dict[str, list[tuple[str, float, float, float, float]]] = {}
    base, *changed = found.points or [None]
    for point in changed:
        groups.setdefault(point.group, []).append((point.label, point.apcer, point.bpcer, point.flips, point.largest_shift))
    rows = [Row(kind, "accepted (APCER)", rate) for kind, rate in iso.apcer.items()]
    if len(iso.apcer) > 1:
        rows.append(Row("all attacks", "accepted", iso.apcer_pooled))
    rows.append(Row(LIVE, "rejected (BPCER)", iso.bpcer))
    rows += [Row(f"{name} pictures", "no answer", rate) for name, rate in found.accuracy.unanswered.items() if rate.errors]
    write_page(
        "qualify.html",
        path,
        title=f"Is {safe_line(found.subject.name)} fit for use?",
        q=found,
        counts=f"{iso.bpcer.total} live and {iso.apcer_pooled.total} attack presentations ({len(iso.apcer)} types)",
        version=__version__,
        words=WORDS,
        rows=rows,
        score_chart=score_chart(kinds, found.accuracy.threshold.value),
        sweeps=found.points,
        sweep_chart=sweep_chart(groups, (base.apcer, base.bpcer)) if base else "",
        sheets=_worst(found) if thumbnails else [],
        unanswered=found.scored.unanswered,
        inputs=[describe_input(spec, found.subject.normalises_itself) for spec in found.subject.inputs],
        terms=TERMS,
    )


def describe_input(spec: InputSpec, normalises_itself: bool) -> str:
    """Say in one line what an input gets."""
    height, width = spec.size
    crop = {
        "square": f"square crop with a margin of {spec.margin:g} around the face box",
        "shifted": f"crop of {spec.scale:g} times the face box, shifted into the picture",
        "whole": "the whole picture",
    }[spec.crop]
    pixels = "" if normalises_itself else f", (pixel - {_numbers(spec.mean)}) / {_numbers(spec.std)}"
    return f"{crop}, resized to {height} x {width} ({spec.resize}), {spec.colour}{pixels}"


def _numbers(values: Sequence[float]) -> str:
    return f"{values[0]:g}" if len(set(values)) == 1 else f"({', '.join(f'{value:g}' for value in values)})"


def _worst(found: Qualification) -> list[Sheet]:
    """The most confident errors of both kinds."""
    threshold = found.accuracy.threshold.value
    rated = sorted(zip(found.scored.scores.tolist(), found.scored.samples, strict=True), key=lambda pair: pair[0])
    rejected = [(score, sample) for score, sample in rated if sample.label == REAL and score < threshold]
    accepted = [(score, sample) for score, sample in reversed(rated) if sample.label != REAL and score >= threshold]
    sheets = (("Attacks that were accepted", accepted), ("Live pictures that were rejected", rejected))
    return [
        Sheet(f"{title}: {min(SHOWN, len(own))} of {len(own)}", [_picture(*pair) for pair in own[:SHOWN]])
        for title, own in sheets
        if own
    ]


def _picture(score: float, sample: Sample) -> Picture:
    image = decode_image(read_image_file(sample.path))
    return Picture(thumbnail(image, SIDE), f"p_live {score:.3f}, {sample.attack}", safe_line(sample.name))
