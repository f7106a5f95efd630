# SPDX-License-Identifier: Apache-2.0
"""Compare libraries that read frames of a video by index: exactness, rotation, time, truncated files.

Videos of moving patterns that carry their frame number are written with PyAV. A library is exact where `[i]` shows frame i for
every i that is tried. Times are processor time, which other load on the machine moves less than the clock's: medians over
`--repeats` fresh opens, decoding on one thread. Libraries that are not installed, or cannot be loaded, are reported as such.

python tools/benchmarks/video_reading.py --frames 300
"""

from __future__ import annotations

import argparse
import importlib.metadata
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from flip_mm.apis import run_main, whole
from flip_mm.media.video import VideoFrames

BITS = 12
FASTSTART = {"movflags": "faststart"}
H264 = {"preset": "veryfast", "bf": "2"}
VIDEOS = {
    "H.264 mp4, GOP 250": ("gop250.mp4", dict(options=H264 | {"g": "250", "sc_threshold": "0"})),
    "H.264 mp4, GOP 12": ("gop12.mp4", dict(options=H264 | {"g": "12"})),
    "H.264 mp4, variable rate": ("vfr.mp4", dict(options=H264 | {"g": "30"}, variable=True)),
    "H.264 mp4, turned 90": ("turned.mp4", dict(options=H264 | {"g": "30"}, turned=True)),
    "H.264 mp4, edit list": ("edited.mp4", dict(options=H264 | {"g": "30"}, cut=10)),
    "H.264 avi, open GOP": ("open.avi", dict(options=H264 | {"g": "12", "x264-params": "open-gop=1"})),
    "MPEG-4 avi": ("mpeg4.avi", dict(codec="mpeg4", options={"g": "12", "bf": "2", "b": "4M"})),
    "MJPEG avi": ("mjpeg.avi", dict(codec="mjpeg", options={"q:v": "4"})),
}
TRUNCATED = ("gop12.mp4", "mpeg4.avi", "mjpeg.avi")


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=whole(40, 2**BITS - 1), default=300, help="frames per video, up to 4095 (300)")
    parser.add_argument(
        "--size", type=whole(96, 8192), nargs=2, default=[1280, 720], metavar=("WIDTH", "HEIGHT"), help="(1280 720)"
    )
    parser.add_argument("--repeats", type=whole(1), default=5, help="opens per time (5)")
    parser.add_argument("--libraries", nargs="+", choices=LIBRARIES, default=list(LIBRARIES), help="which to compare (all)")
    args = parser.parse_args()
    if any(side % 2 for side in args.size):
        parser.error(f"argument --size: both must be even, got {args.size[0]} and {args.size[1]}")
    return args


@cache
def texture(width: int, height: int) -> np.ndarray:
    """(height, width, 3) uint8 RGB: waves and noise."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    waves = np.stack([np.sin(x / 37) + np.sin(y / 23), np.sin((x + y) / 11), np.sin(x / 51) - np.sin(y / 31)], 2)
    noise = np.random.default_rng(0).normal(0, 6, (height, width, 1))
    return (127 + 30 * waves + noise).clip(0, 255).astype(np.uint8)


def draw(number: int, width: int, height: int) -> np.ndarray:
    """(height, width, 3) uint8 RGB: a moving texture below, the number in blocks of black and white above."""
    frame = np.roll(texture(width, height), (2 * number, 5 * number), (0, 1))
    for bit in range(BITS):
        frame[: height // 4, bit * width // BITS : (bit + 1) * width // BITS] = 235 * (number >> bit & 1)
    return frame


def number_of(image: np.ndarray) -> int:
    """Read the number that an upright frame carries."""
    height, width = image.shape[:2]
    return sum(1 << bit for bit in range(BITS) if image[height // 8, (2 * bit + 1) * width // (2 * BITS)].mean() > 118)


def write(
    path: Path,
    count: int,
    size: Sequence[int],
    *,
    options: dict[str, str],
    codec: str = "libx264",
    variable: bool = False,
    turned: bool = False,
    cut: int = 0,
) -> None:
    """Write a video; `cut` frames at its beginning are hidden by an edit list."""
    container_options = FASTSTART if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=container_options) as container:
        stream = container.add_stream(codec, rate=30, options=options)
        stream.width, stream.height = reversed(size) if turned else size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        time_base = Fraction(1, 600) if variable or cut else Fraction(1, 30)
        stream.codec_context.time_base = time_base
        for k in range(count + cut):
            image = draw(max(k - cut, 0), *size)
            frame = av.VideoFrame.from_ndarray(np.rot90(image).copy() if turned else image, format="rgb24")
            frame.time_base = time_base
            frame.pts = 20 * (k - cut) + 7 * (k % 3) * variable if variable or cut else k
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    if turned:
        content = bytearray(path.read_bytes())
        start = content.index(b"tkhd") + 44
        content[start : start + 20] = struct.pack(">5i", 0, 1 << 16, 0, -1 << 16, 0)
        path.write_bytes(content)


class _OpenCV:
    def __init__(self, path: Path) -> None:
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        if not self._capture.isOpened():
            raise OSError("cannot be opened")

    def __len__(self) -> int:
        return int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))

    def __getitem__(self, index: int) -> np.ndarray:
        self._capture.set(cv2.CAP_PROP_POS_FRAMES, index)
        done, image = self._capture.read()
        if not done:
            raise OSError("no frame")
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


class _Sequential:
    """PyAV's plain decoding from the beginning."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _frames(self) -> Any:
        with av.open(str(self._path)) as container:
            container.streams.video[0].thread_count = 1
            yield from container.decode(video=0)

    def __len__(self) -> int:
        return sum(1 for _ in self._frames())

    def __getitem__(self, index: int) -> np.ndarray:
        return next(frame for k, frame in enumerate(self._frames()) if k == index).to_ndarray(format="rgb24")


def _decord() -> Callable[[Path], Any]:
    import decord

    class Reader(decord.VideoReader):
        def __getitem__(self, index: int) -> np.ndarray:
            return super().__getitem__(index).asnumpy()

    return lambda path: Reader(str(path), num_threads=1)


def _torchcodec() -> Callable[[Path], Any]:
    from torchcodec.decoders import VideoDecoder

    class Reader:
        def __init__(self, path: Path) -> None:
            self._decoder = VideoDecoder(str(path), dimension_order="NHWC", num_ffmpeg_threads=1)

        def __len__(self) -> int:
            return len(self._decoder)

        def __getitem__(self, index: int) -> np.ndarray:
            return self._decoder[index].numpy()

    return Reader


# Name -> the package that it comes from, and how it is loaded.
LIBRARIES: dict[str, tuple[str, Callable[[], Callable[[Path], Any]]]] = {
    "flip_mm": ("av", lambda: VideoFrames),
    "sequential": ("av", lambda: _Sequential),
    "opencv": ("opencv-python", lambda: _OpenCV),
    "decord": ("decord", _decord),
    "torchcodec": ("torchcodec", _torchcodec),
}


def seconds(run: Callable[[], Any], repeats: int) -> float:
    """Median processor time, of all threads."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return statistics.median(times)


def only_length(read: Callable[[Path], Any], path: Path, indices: Sequence[int]) -> int:
    """Open a video and ask for its length."""
    return len(read(path))


def length_and_frames(read: Callable[[Path], Any], path: Path, indices: Sequence[int]) -> list[np.ndarray]:
    """Open a video, ask for its length and read some frames."""
    reader = read(path)
    len(reader)
    return [reader[index] for index in indices]


def check(reader: Any, count: int, indices: Sequence[int]) -> str:
    """What `len` and `[i]` get wrong."""
    wrong = [f"len {len(reader)}"] if len(reader) != count else []
    shown = {}
    for index in indices:
        try:
            shown[index] = number_of(reader[index])
        except Exception as error:
            shown[index] = type(error).__name__
    others = {index: number for index, number in shown.items() if number != index}
    if others:
        index, number = next(iter(others.items()))
        wrong.append(f"{len(others)} of {len(indices)} frames wrong, e.g. [{index}] is {number}")
    return ", ".join(wrong) or "exact"


def on_truncated(read: Callable[[Path], Any], path: Path, count: int) -> str:
    """What happens with half a file."""
    half = path.with_name(f"half_{path.name}")
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    texts = []
    try:
        reader = read(half)
        length = len(reader)
        texts.append(f"len {length} of {count}")
        index = length * 3 // 4
        texts.append(f"[{index}] is {number_of(reader[index])}")
    except Exception as error:
        texts.append(f"{type(error).__name__}: {first_line(error)}".replace(str(half), "FILE"))
    return ", ".join(texts)


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return next(iter(str(error).strip().splitlines()), "")[:100]


def main() -> None:
    """Print the tables."""
    args = parse_args()
    count = args.frames
    pair = [6, 6 + count // 2]
    tried = [*pair, 0, count - 1, 11, 12, 13, *range(count - 2, 0, -max(1, count // 7))]
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in VIDEOS.values():
            write(Path(folder, name), count, args.size, **arguments)
        print(f"{count} frames of {args.size[0]} x {args.size[1]}; processor time in ms, medians of {args.repeats}")
        for library in args.libraries:
            package, load = LIBRARIES[library]
            print(f"\n{library}")
            try:
                print(f"  {package} {importlib.metadata.version(package)}")
                read = load()
                read(Path(folder, "gop12.mp4"))
            except Exception as error:
                print(f"  cannot be used: {type(error).__name__}: {first_line(error)}")
                continue
            print(f"  {'video':<26}{'len':>8}{'frames':>8}  index")
            for title, (name, _) in VIDEOS.items():
                path = Path(folder, name)
                times = [seconds(partial(run, read, path, pair), args.repeats) for run in (only_length, length_and_frames)]
                print(f"  {title:<26}{1000 * times[0]:>8.0f}{1000 * times[1]:>8.0f}  {check(read(path), count, tried)}")
            for name in TRUNCATED:
                print(f"  half of {name:<18}{on_truncated(read, Path(folder, name), count)}")


if __name__ == "__main__":
    sys.exit(run_main(main))
