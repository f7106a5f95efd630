# SPDX-License-Identifier: Apache-2.0
"""Check a JPEG for damage with FFmpeg, which finds other damage than libjpeg."""

from __future__ import annotations

try:
    import av
except ModuleNotFoundError as error:
    raise ImportError('Checking images needs the package av: pip install "flip_mm[prepare]"') from error


def ffmpeg_refuses(data: bytes) -> bool:
    """Whether FFmpeg reports damaged data in a JPEG; files that it does not support count as intact.

    Args:
        data: Content of the file.
    """
    decoder = av.CodecContext.create("mjpeg", "r")
    decoder.options = {"err_detect": "explode"}
    decoder.thread_count = 1
    try:
        decoder.decode(av.Packet(data))
        decoder.decode(None)
    except av.InvalidDataError:
        return True
    except av.FFmpegError:
        return False
    return False
