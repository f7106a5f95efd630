# SPDX-License-Identifier: Apache-2.0
"""Check pictures and frames in batches, in a memory that does not grow."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from flip_mm.media.sources import Source, SourceFrame

from .face_choice import FaceChoice
from .face_step import FaceStep, face_steps
from .model_card import Decision, ModelCard
from .outputs import Outputs, Runtime
from .reasons import unreadable
from .result import ANSWERED, Averaging, Result, decide, not_checked


class Examined(NamedTuple):
    """The answer for a picture or frame.

    Attributes:
        result: The answer.
        image: (H, W, 3) uint8 RGB; None if it could not be read.
        source: Where it comes from.
        error: Why it could not be read; ''.
        seconds: Since its source was opened.
    """

    result: Result
    image: np.ndarray | None
    source: Source
    error: str
    seconds: float


@dataclass(frozen=True)
class Settings:
    """How pictures are checked.

    Attributes:
        choice: Which face.
        decision: Thresholds.
        batch_size: Number of crops that the network gets at once.
        average: Number of crops of each face.
        quality: Whether a finding about the quality can prevent a score.
        every_face: Whether to check all faces of a picture.
    """

    choice: FaceChoice
    decision: Decision | None
    batch_size: int
    average: int
    quality: bool
    every_face: bool = False


class _Waiting(NamedTuple):
    """A picture that waits for its batch; ``result`` has no score yet."""

    result: Result
    frame: SourceFrame
    source: Source
    opened: float
    step: FaceStep


def examine(runtime: Runtime, sources: Iterable[Source], settings: Settings) -> Iterator[Examined]:
    """Check all pictures and frames, in order.

    Args:
        runtime: The model.
        sources: Pictures and recordings.
        settings: How.

    Raises:
        ValueError: The model gives no finite values, or the number of boxes is not that of the sources.
    """
    waiting: list[_Waiting] = []
    count = 0
    for source in sources:
        opened = time.perf_counter()
        frames = source.frames() if not source.error else iter([SourceFrame(0, None, None, source.error)])
        for frame in frames:
            waiting += _prepare(source, count, frame, opened, runtime, settings)
            if max(len(waiting), sum(len(item.step.crops) for item in waiting)) >= settings.batch_size:
                yield from _score(waiting, runtime, settings)
                waiting = []
        count += 1
    yield from _score(waiting, runtime, settings)
    settings.choice.check_count(count)


def _prepare(
    source: Source, number: int, frame: SourceFrame, opened: float, runtime: Runtime, settings: Settings
) -> list[_Waiting]:
    facts = dict(source=source.name, kind=source.kind, decision=settings.decision, time=frame.time)
    facts["frame"] = None if source.kind == "picture" else frame.number
    if frame.image is None:
        return [_Waiting(not_checked([unreadable(frame.error)], **facts), frame, source, opened, FaceStep())]
    every_face = settings.every_face and source.kind == "picture"
    how = (settings.choice, runtime.card.inputs, settings.average, settings.quality, every_face)
    steps = face_steps(frame.image, number, *how)
    results = [not_checked(step.reasons, face=step.face, findings=step.findings, **facts) for step in steps]
    return [_Waiting(result, frame, source, opened, step) for result, step in zip(results, steps, strict=True)]


def _score(waiting: list[_Waiting], runtime: Runtime, settings: Settings) -> Iterator[Examined]:
    """Run the network on all crops of some pictures."""
    crops = [crop for item in waiting for crop in item.step.crops]
    first = 0
    outputs = _run(runtime, crops, settings.batch_size) if crops else None
    for item in waiting:
        count, result = len(item.step.crops), item.result
        if count:
            result = answered(result, outputs.rows(first, first + count), runtime.card, settings.decision)
            first += count
        yield Examined(result, item.frame.image, item.source, item.frame.error, time.perf_counter() - item.opened)


def _run(runtime: Runtime, crops: list[list[np.ndarray]], batch_size: int) -> Outputs:
    parts = []
    for start in range(0, len(crops), batch_size):
        batch = crops[start : start + batch_size]
        parts.append(runtime([np.stack(one_input) for one_input in zip(*batch, strict=True)]))
    similarities = [part.similarities for part in parts if part.similarities is not None]
    return Outputs(np.concatenate([part.logits for part in parts]), np.concatenate(similarities) if similarities else None)


def answered(result: Result, outputs: Outputs, card: ModelCard, decision: Decision | None) -> Result:
    """Return a result with score and verdict.

    Args:
        result: What is known about the face.
        outputs: Of one or more crops of this face; the score is the mean.
        card: Of the model.
        decision: The thresholds.
    """
    scores = outputs.p_real(card.temperature)
    p_real = float(scores.mean())
    verdict, reasons = decide(p_real, decision)
    similar, averaging = {}, None
    if outputs.similarities is not None:
        values = outputs.similarities.mean(0, dtype=np.float64).tolist()
        similar = dict(zip(card.sentences, values, strict=True))
    if len(scores) > 1:
        averaging = Averaging(len(scores), float(scores.min()), float(scores.max()), float(scores.std()))
    return replace(
        result,
        verdict=verdict,
        state=ANSWERED,
        p_real=p_real,
        similarities=similar,
        reasons=reasons,
        averaging=averaging,
    )
