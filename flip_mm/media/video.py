# SPDX-License-Identifier: Apache-2.0
"""Read frames of a video file by index, with exact frame numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from PIL import Image

from .frames import UnreadableError
from .integrity import jpeg_warning

# Codecs with one frame per packet, unless the video is interlaced. MPEG-4 in AVI may have two frames in one packet, and VP8 has
# packets that are never shown.
ONE_FRAME_PER_PACKET = {"h264", "hevc", "mjpeg"}
# Without playlists and image patterns, which open other files.
CONTAINERS = "mov,avi,matroska,mpegts,mpeg,asf,flv"


class VideoFrames:
    """:class:`~flip_mm.media.frames.Frames` of a video file, decoded by FFmpeg with PyAV.

    If the container has a unique presentation time for each frame, decoding starts at the key frame before the frame;
    otherwise at the beginning. Reading in ascending order decodes no frame twice.

    Frames keep their stored size: a sample aspect ratio is not applied, and interlaced frames are not deinterlaced. They are
    rotated by the display matrix. swscale converts them to 8-bit RGB with the colour matrix and range of the file.

    Args:
        path: The file.
        threads: Threads of the decoder; use 1 with one process per core.
        count: Whether to count the frames by decoding all of them if the container does not tell; without, only
            :meth:`in_order` can be used.

    Raises:
        UnreadableError: The file is no video, has no video stream or more than one, or is truncated or damaged.
    """

    def __init__(self, path: Path, threads: int = 1, count: bool = True) -> None:
        self._path = path
        self._threads = threads
        _check_size(path)
        self._open()
        try:
            self._times, self._starts = self._scan()
            self._length = len(self._times) or (self._count() if count else 0)
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        """Number of frames."""
        return self._length

    def __getitem__(self, index: int) -> np.ndarray:
        """Frame ``index`` (from 0): (H, W, 3) uint8 RGB."""
        if not 0 <= index < self._length:
            raise IndexError(f"frame {index} of {self._length}")
        frame = self._by_time(index) if self._times else None
        return _to_upright_rgb(frame or self._by_count(index))

    @property
    def known_length(self) -> int:
        """Number of frames, 0 if they were not counted."""
        return self._length

    def in_order(self, stride: int = 1) -> Iterator[tuple[int, float | None, np.ndarray]]:
        """Decode the video once from its beginning, one frame at a time.

        Args:
            stride: Yield the frames 0, stride, 2 stride, ...

        Yields:
            Number of the frame, seconds since the first one (None if unknown), and (H, W, 3) uint8 RGB as ``[number]``
            returns.

        Raises:
            UnreadableError: The video is damaged at this position; the frames before it were yielded.
        """
        self._rewind()
        number, start = -1, None
        for number, frame in enumerate(self._frames):
            # An AVI may start later than at 0.
            start = frame.time if start is None else start
            if number % stride == 0:
                time = None if frame.time is None else frame.time - start
                yield number, time, _to_upright_rgb(frame)
        if number < 0:
            raise UnreadableError("it has no frames")

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _open(self) -> None:
        try:
            self._container = av.open(
                f"file:{self._path}",
                container_options={"format_whitelist": CONTAINERS, "protocol_whitelist": "file"},
                metadata_errors="replace",
            )
        except av.FFmpegError as error:
            raise UnreadableError(f"it is no video, or its header or index is missing ({error.strerror})") from error
        try:
            self._stream = _video_stream(self._container)
            # The size of a frame can differ from the size in the header.
            options = {"max_pixels": str(Image.MAX_IMAGE_PIXELS)}
            self._stream.thread_count = self._threads
            if self._stream.codec_context.name == "mjpeg":
                # This decoder does not mark damaged frames, so let it raise an error.
                options["err_detect"] = "explode"
            self._stream.codec_context.options = options
        except BaseException:
            self.close()
            raise
        self._frames = self._decode()
        self._next = 0  # index of the next frame

    def _rewind(self) -> None:
        self.close()
        self._open()

    def _scan(self) -> tuple[list[int], list[tuple[int, int]]]:
        """Read all packets without decoding them.

        Returns:
            Presentation times of all frames, ascending, and (pts, dts) of the key frames in decoding order; both are empty if
            frames must be counted by decoding.
        """
        indexed = len(self._stream.index_entries)
        packets = []
        try:
            for packet in self._container.demux(self._stream):
                if packet.is_corrupt:
                    raise UnreadableError(f"it is truncated or damaged: packet {len(packets)} of its video is incomplete")
                if packet.size or packet.dts is not None:  # PyAV ends with an empty packet, which flushes the decoder
                    packets.append((packet.pts, packet.dts, packet.is_keyframe, packet.is_discard or not packet.size))
        except av.FFmpegError as error:
            raise UnreadableError(f"it is truncated or damaged: packet {len(packets)} ({error.strerror})") from error
        if len(packets) < indexed:
            raise UnreadableError(f"it is truncated or damaged: its index has {indexed} frames, the file only {len(packets)}")
        self._rewind()
        times = sorted({pts for pts, dts, _, hidden in packets if None not in (pts, dts) and not hidden})
        starts = [(pts, dts) for pts, dts, is_key, _ in packets if is_key]
        codec = self._stream.codec_context.name
        # AVI stores no presentation times. FFmpeg makes some up; they are wrong if the decoding order differs.
        has_times = "mp4" in self._container.format.name.split(",") or codec == "mjpeg"
        if not has_times or codec not in ONE_FRAME_PER_PACKET or not 0 < len(times) == len(packets):
            return [], []
        if not starts or starts[0] != packets[0][:2] or starts[0][0] != times[0]:
            return [], []
        first = next(self._frames, None)
        self._next = 1
        if first is None or first.pts != times[0] or first.interlaced_frame:
            self._rewind()
            return [], []
        return times, starts

    def _decode(self) -> Iterator[av.VideoFrame]:
        """Decode from the current position of the file."""
        try:
            for packet in self._container.demux(self._stream):
                _check_packet(packet)
                for frame in packet.decode():
                    if frame.is_corrupt:
                        raise UnreadableError(
                            f"it is damaged: the frame at {_seconds(frame.time)} cannot be decoded completely"
                        )
                    yield frame
        except av.FFmpegError as error:
            raise UnreadableError(f"it is damaged: it cannot be decoded ({error.strerror})") from error

    def _count(self) -> int:
        """Count the frames by decoding all of them."""
        self._rewind()
        count = sum(1 for _ in self._frames)
        self._rewind()
        if not count:
            raise UnreadableError("it has no frames")
        return count

    def _by_time(self, index: int) -> av.VideoFrame | None:
        """Find a frame by its presentation time; None if the times are wrong, then also for all later calls."""
        pts, dts = [start for start in self._starts if start[0] <= self._times[index]][-1]
        first = bisect_left(self._times, pts)
        if not first <= self._next <= index:
            self._container.seek(dts, stream=self._stream)
            self._frames = self._decode()
            self._next = first
        for frame in self._frames:
            if frame.pts is not None and frame.pts < pts:
                continue  # decoded after the key frame, but shown before it
            if frame.pts != self._times[self._next]:
                break
            self._next += 1
            if self._next > index:
                return frame
        self._times = []
        if self._count() != self._length:
            raise UnreadableError(f"it is damaged: it has {self._length} packets, but another number of frames was decoded")
        return None

    def _by_count(self, index: int) -> av.VideoFrame:
        """Find a frame by counting from the beginning."""
        if index < self._next:
            self._rewind()
        for frame in self._frames:
            self._next += 1
            if self._next > index:
                return frame
        raise UnreadableError(f"it is damaged: frame {index} cannot be decoded a second time")


def _video_stream(container: av.container.InputContainer) -> av.VideoStream:
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if len(streams) != 1:
        raise UnreadableError(f"it must have one video stream, but has {len(streams) or 'none'}")
    if streams[0].codec_context is None:
        raise UnreadableError("its video has a codec that FFmpeg cannot decode")
    width, height = streams[0].codec_context.width, streams[0].codec_context.height
    if width * height > Image.MAX_IMAGE_PIXELS:
        raise UnreadableError(f"it has too many pixels for a video ({width} x {height})")
    return streams[0]


def _check_packet(packet: av.Packet) -> None:
    """Check a frame of Motion JPEG with libjpeg, which finds other damage than FFmpeg."""
    if packet.size and packet.stream.codec_context.name == "mjpeg" and (warning := jpeg_warning(bytes(packet))):
        time = None if packet.pts is None else float(packet.pts * packet.time_base)
        raise UnreadableError(f"it is damaged: the frame at {_seconds(time)}: {warning}")


def _seconds(time: float | None) -> str:
    return "an unknown time" if time is None else f"{time:.3f} s"


def _check_size(path: Path) -> None:
    """Raise UnreadableError if a file is empty, or an AVI is shorter than its header says."""
    with path.open("rb") as file:
        head = file.read(8)
    size = path.stat().st_size
    if not size:
        raise UnreadableError("it is empty")
    stated = 8 + int.from_bytes(head[4:], "little")
    if head[:4] == b"RIFF" and stated > size:
        raise UnreadableError(f"it is truncated: it should have {stated} bytes, but has {size}")


def _to_upright_rgb(frame: av.VideoFrame) -> np.ndarray:
    """Convert a frame to RGB, rotated and mirrored by the display matrix (libavutil/display.h)."""
    image = frame.to_ndarray(format="rgb24", threads=1)
    side_data = frame.side_data.get(av.sidedata.sidedata.Type.DISPLAYMATRIX)
    if side_data is None:
        return image
    # An input pixel (x, y) goes to (a x + c y, b x + d y).
    a, b, _, c, d = (int(value) for value in np.frombuffer(side_data, np.int32)[:5])
    if b == c == 0 and a and d:
        x, y = a, d
    elif a == d == 0 and b and c:
        image = image.swapaxes(0, 1)
        x, y = c, b
    else:
        raise UnreadableError(f"its display matrix is no rotation by a multiple of 90 degrees ({a}, {b}, {c}, {d} in 1/65536)")
    return np.ascontiguousarray(image[:: 1 if y > 0 else -1, :: 1 if x > 0 else -1])
