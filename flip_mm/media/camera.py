# SPDX-License-Identifier: Apache-2.0
"""Frames of a camera, read by OpenCV."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .frames import UnreadableError

# Where Linux lists its cameras.
DEVICES = Path("/dev")


def camera_frames(index: int, stride: int = 1, seconds: float | None = None) -> Iterator[tuple[int, float, np.ndarray]]:
    """Read a camera until the time is over, it is unplugged, or the iterator is closed.

    OpenCV keeps one frame at most, so a slow reader sees the present and not the past.

    Args:
        index: Number of the camera, from 0.
        stride: Yield the frames 0, stride, 2 stride, ...
        seconds: How long, counted from the first frame; None for no limit.

    Yields:
        Number of the frame, seconds since the first one, and (H, W, 3) uint8 RGB.

    Raises:
        UnreadableError: There is no such camera, another program uses it, or it sends no more frames.
    """
    camera = _open(index)
    try:
        number, start = 0, None
        while _quietly(camera.grab):
            now = time.monotonic()
            start = now if start is None else start
            if seconds is not None and now - start >= seconds:
                return
            if number % stride == 0:
                is_read, frame = camera.retrieve()
                if not is_read or frame is None:
                    break
                yield number, now - start, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            number += 1
    finally:
        camera.release()
    after = f"after {number} frames" if number else "and has sent none"
    raise UnreadableError(f"camera {index} sends no more frames, {after}: check that it is plugged in and not used elsewhere")


def check_camera(index: int) -> None:
    """Raise UnreadableError if it is known, without opening it, that there is no such camera."""
    # OpenCV would try all its drivers, which takes long and prints a page of warnings.
    if sys.platform == "linux" and not (DEVICES / f"video{index}").exists():
        raise UnreadableError(f"there is no camera {index}; {_found()}")


def _open(index: int) -> cv2.VideoCapture:
    check_camera(index)
    camera = _quietly(cv2.VideoCapture, index)
    if not camera.isOpened():
        camera.release()
        raise UnreadableError(f"camera {index} cannot be opened: check that it exists, is not in use, and that you may use it")
    camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return camera


def _quietly(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of OpenCV without its messages on stderr."""
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        return call(*arguments)
    finally:
        cv2.utils.logging.setLogLevel(level)


def _found() -> str:
    numbers = sorted(int(name[1]) for path in DEVICES.glob("video*") if (name := re.fullmatch(r"video(\d+)", path.name)))
    return f"found: {', '.join(map(str, numbers))}" if numbers else "no camera was found"
