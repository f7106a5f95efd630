# SPDX-License-Identifier: Apache-2.0
"""Decide about a recording from some of its frames, drawn in random order."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from flip_mm.media.file_types import is_video_name
from flip_mm.media.frames import UnreadableError
from flip_mm.media.sources import Source, SourceFrame, open_sources

from .examine import Settings, examine
from .outputs import Runtime
from .reasons import REVIEW
from .result import UNSURE
from .video_decision import EarlyDecision
from .video_result import VideoResult, video_result


class Pictures(NamedTuple):
    """Frames that can be read in any order.

    Attributes:
        name: Of the recording.
        kind: Of the recording.
        count: Number of frames.
        read: Number of a frame -> (H, W, 3) uint8 RGB. Raises UnreadableError.
        error: Why the recording cannot be read; ''.
        is_whole: Whether a frame that cannot be read means that the recording is damaged.
    """

    name: str
    kind: str
    count: int
    read: Callable[[int], np.ndarray] | None
    error: str = ""
    is_whole: bool = True


@contextmanager
def open_pictures(source: Any, colour: str, stride: int) -> Iterator[Pictures]:
    """Open a video file, or a list of pictures, to read its frames in any order.

    Raises:
        ValueError: The frames have only one order.
    """
    if isinstance(source, list | tuple):
        members = source[::stride]

        def read(index: int) -> np.ndarray:
            found = list(open_sources(members[index], colour))
            if len(found) != 1 or (found[0].image is None and not found[0].error):
                raise ValueError("early_error needs a list of which each member is one picture.")
            if found[0].error:
                raise UnreadableError(found[0].error)
            return found[0].image

        yield Pictures("frames", "frames", len(members), read, is_whole=False)
        return
    if not isinstance(source, str | os.PathLike) or not is_video_name(os.fspath(source)):
        raise ValueError("early_error needs frames in random order: give a video file, or a list of pictures.")
    (video,) = open_sources(source)
    if video.error:
        yield Pictures(video.name, "video", 0, None, video.error)
        return
    from flip_mm.media.video import VideoFrames

    try:
        frames = VideoFrames(Path(source))
    except UnreadableError as error:
        yield Pictures(video.name, "video", 0, None, str(error))
        return
    try:
        yield Pictures(video.name, "video", -(-len(frames) // stride), lambda index: frames[index * stride])
    finally:
        frames.close()


def decide_early(
    runtime: Runtime, pictures: Pictures, settings: Settings, error: float, seed: int | None = None
) -> VideoResult:
    """Check frames in random order until the verdict of all frames is known, except with a stated probability.

    Args:
        runtime: The model.
        pictures: The recording.
        settings: How frames are checked; needs thresholds.
        error: See :class:`~flip_mm.inference.video_decision.EarlyDecision`.
        seed: Of the random order; None takes one from the operating system.

    Raises:
        ValueError: There is no threshold, or ``error`` is out of range.
    """
    if settings.decision is None:
        raise ValueError("early_error needs a threshold, and the model has none: run flip_mm calibrate, or give one.")
    facts = dict(source=pictures.name, kind=pictures.kind, frame_count=pictures.count)
    if pictures.error or not pictures.count:
        EarlyDecision(1, settings.decision, error)
        return video_result([], settings.decision, pictures.error, **facts)
    early, frames, began = EarlyDecision(pictures.count, settings.decision, error), [], time.perf_counter()
    order = np.random.default_rng(seed).permutation(pictures.count).tolist()
    for start in range(0, len(order), settings.batch_size):
        for item in examine(runtime, [_source(pictures, order[start : start + settings.batch_size])], settings):
            frames.append(item.result)
            facts["seconds"] = time.perf_counter() - began
            if item.error and pictures.is_whole:
                return video_result(frames, settings.decision, item.error, **facts)
            verdict = early.add(item.result.p_real)
            if verdict is not None and early.left:
                result = video_result(frames, settings.decision, early_error=error, **facts)
                return replace(result, verdict=verdict, reasons=(REVIEW,) if verdict == UNSURE else ())
    frames.sort(key=lambda frame: frame.frame)
    return video_result(frames, settings.decision, **facts)


def _source(pictures: Pictures, numbers: list[int]) -> Source:
    """Some frames, read in ascending order, which decodes fewer of them, and yielded in the given order."""
    read: dict[int, SourceFrame] = {}
    for number in sorted(numbers):
        try:
            read[number] = SourceFrame(number, None, pictures.read(number))
        except UnreadableError as error:
            read[number] = SourceFrame(number, None, None, str(error))
    return Source(pictures.name, pictures.kind, open_frames=lambda: iter([read[number] for number in numbers]))
