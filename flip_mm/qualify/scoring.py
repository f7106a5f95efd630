# SPDX-License-Identifier: Apache-2.0
"""Score pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from flip_mm.evaluation.checks import Floats, Ints
from flip_mm.inference.progress import with_progress

from .probes import Probe
from .samples import Sample
from .scenes import Find, Scene, read_scenes
from .subject import Subject

BATCH = 16


class Presentations(NamedTuple):
    """Scores of P presentations, each (P,): labels, attack types, and p_live averaged over their pictures."""

    labels: Ints
    attacks: list[str]
    scores: Floats


@dataclass(frozen=True)
class Scored:
    """Pictures and their scores.

    Attributes:
        samples: The N pictures that were scored.
        raw: (N, K) outputs of the detector.
        scores: (N,) p_live.
        unanswered: Pictures that were not scored, and why.
    """

    samples: list[Sample]
    raw: Floats
    scores: Floats
    unanswered: list[tuple[Sample, str]]

    def presentations(self) -> Presentations:
        """Return the scores of presentations."""
        return presentations(self.samples, self.scores)


def presentations(samples: Sequence[Sample], scores: Floats) -> Presentations:
    """Average the scores of the pictures of each presentation."""
    first: dict[str, Sample] = {}
    for sample in samples:
        first.setdefault(sample.presentation, sample)
    number = {name: place for place, name in enumerate(first)}
    places = np.array([number[sample.presentation] for sample in samples], np.int64)
    means = np.bincount(places, weights=scores, minlength=len(first)) / np.bincount(places, minlength=len(first))
    own = first.values()
    return Presentations(np.array([one.label for one in own], np.int64), [one.attack for one in own], means)


def score_pictures(subject: Subject, samples: Sequence[Sample], find: Find) -> Scored:
    """Score all pictures.

    Raises:
        ValueError: The detector returned something else than N finite numbers.
        RuntimeError: The detector failed.
    """
    scored, raw, unanswered = [], [], []
    for chunk in _chunks(read_scenes(with_progress(samples, len(samples)), find), unanswered):
        raw.append(subject.raw([scene.view for scene in chunk]))
        scored += [scene.sample for scene in chunk]
    if not raw:
        return Scored([], np.empty((0, 1)), np.empty(0), unanswered)
    outputs = np.concatenate(raw)
    return Scored(scored, outputs, subject.to_probabilities(outputs), unanswered)


def score_probes(subject: Subject, samples: Sequence[Sample], find: Find, probes: Sequence[Probe]) -> list[Floats]:
    """Score changed pictures; each picture is read once.

    Returns:
        For each probe (V, N) p_live: one row for each of its changes.
    """
    found: list[list[list[Floats]]] = [[[] for _ in probe.changes] for probe in probes]
    for chunk in _chunks(read_scenes(with_progress(samples, len(samples)), find), []):
        for rows, probe in zip(found, probes, strict=True):
            for row, change in zip(rows, probe.changes, strict=True):
                row.append(subject.p_live([change(scene.view) for scene in chunk]))
    return [np.stack([np.concatenate(row) for row in rows]) for rows in found]


def _chunks(scenes: Iterable[Scene], unanswered: list[tuple[Sample, str]]) -> Iterator[list[Scene]]:
    """Groups of scenes with a view; the others are added to ``unanswered``."""
    chunk: list[Scene] = []
    for scene in scenes:
        if scene.view is None:
            unanswered.append((scene.sample, scene.problem))
            continue
        chunk.append(scene)
        if len(chunk) == BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
