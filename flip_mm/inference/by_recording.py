# SPDX-License-Identifier: Apache-2.0
"""From the answers for frames to one answer for each recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .examine import Examined
from .model_card import Decision
from .result import Result
from .video_result import VideoResult, video_result


def by_recording(examined: Iterable[Examined], decision: Decision | None) -> Iterator[Result | VideoResult]:
    """Yield the answers for pictures, and one for all frames of a recording.

    Args:
        examined: Pictures and frames, in order.
        decision: The thresholds.
    """
    frames: list[Examined] = []
    for item in examined:
        if frames and frames[-1].source is not item.source:
            yield recording_result(frames, decision)
            frames = []
        if item.source.kind == "picture":
            yield item.result
        else:
            frames.append(item._replace(image=None))
    if frames:
        yield recording_result(frames, decision)


def recording_result(frames: Sequence[Examined], decision: Decision | None, seconds: float | None = None) -> VideoResult:
    """Decide about a recording.

    Args:
        frames: Its frames; or pictures, of which a broken one is a frame without an answer.
        decision: The thresholds.
        seconds: How long it took; None takes it from the frames of a recording.
    """
    if not frames:
        return video_result([], decision, source="no frames", kind="frames")
    source = frames[0].source
    is_recording = source.kind != "picture"
    # Frames of a generator are independent, but a damaged video or camera has no end.
    error = next((item.error for item in frames if item.error and item.source.kind in ("video", "camera")), "")
    return video_result(
        [item.result for item in frames],
        decision,
        error,
        source=source.name,
        kind=source.kind if is_recording else "frames",
        frame_count=source.frame_count if is_recording else len(frames),
        seconds=frames[-1].seconds if seconds is None else seconds,
    )
