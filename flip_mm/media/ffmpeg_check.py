# SPDX-License-Identifier: Apache-2.0
"""What FFmpeg finds damaged in a JPEG; it is stricter than libjpeg in some ways and less strict in others."""

from __future__ import annotations

try:
    import av
except ModuleNotFoundError as error:
    raise ImportError('av is missing, which checks images: pip install "flip_mm[prepare]"') from error


def ffmpeg_refuses(data: bytes) -> bool:
    """Whether FFmpeg finds coded data of a JPEG damaged; what it does not support counts as intact.

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
