# SPDX-License-Identifier: Apache-2.0
"""Which damage inside image files do decoders tell, which good files do they refuse, and what does it cost?

Drawn faces are written as JPEG, PNG, WebP, GIF, TIFF and BMP in the forms that cameras and converters write, and damaged: flipped
bits, zeroed, lost and added bytes, a marker in the middle that ends the image, a cut that is closed by such a marker. Only damage
counts after which Pillow still returns a picture, with more than `--spoilt` of its pixels off by more than 16 of 255.

python tools/benchmarks/damaged_images.py --images 10 --trials 40
"""

from __future__ import annotations

import argparse
import io
import warnings
from collections.abc import Callable

import numpy as np
from PIL import Image

from flip_mm.datasets.synthetic.layout import Video
from flip_mm.datasets.synthetic.writer import render_video

# Levels out of 255 by which a pixel must differ.
OFF = 16
KINDS = ("real", "print", "replay", "mask")
FORMS: dict[str, dict] = {
    "JPEG 4:2:0": dict(format="JPEG", quality=85),
    "JPEG 4:4:4": dict(format="JPEG", quality=95, subsampling=0),
    "JPEG grey": dict(format="JPEG", quality=90, grey=True),
    "JPEG optimized": dict(format="JPEG", quality=75, optimize=True),
    "JPEG progressive": dict(format="JPEG", quality=85, progressive=True),
    "JPEG restarts": dict(format="JPEG", quality=85, restart_marker_rows=1),
    "PNG": dict(format="PNG"),
    "WebP lossy": dict(format="WEBP", quality=85),
    "WebP lossless": dict(format="WEBP", lossless=True),
    "GIF": dict(format="GIF"),
    "TIFF LZW": dict(format="TIFF", compression="tiff_lzw"),
    "TIFF": dict(format="TIFF"),
    "BMP": dict(format="BMP"),
}
EOI = b"\xff\xd9"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10, help="drawn faces per form (10)")
    parser.add_argument("--trials", type=int, default=40, help="damages of each kind per image (40)")
    parser.add_argument("--size", type=int, default=250, help="side of the images in pixels (250)")
    parser.add_argument("--spoilt", type=float, default=0.02, help="share of pixels from which damage counts (0.02)")
    return parser.parse_args()


def draw(number: int, size: int) -> Image.Image:
    """A synthetic face, (size, size) RGB."""
    video = Video("MCIO"[number % 4], number, KINDS[number % len(KINDS)], "", ("",))
    return Image.fromarray(np.rint(255 * np.clip(render_video(video, number, size, seed=0)[0], 0, 1)).astype(np.uint8))


def encode(image: Image.Image, *, format: str, grey: bool = False, **options: object) -> bytes:
    """Content of a file."""
    buffer = io.BytesIO()
    (image.convert("L") if grey else image).save(buffer, format, **options)
    return buffer.getvalue()


def pixels(data: bytes) -> np.ndarray | None:
    """(H, W, 3) uint8 as Pillow reads it; None where it refuses."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as image:
            warnings.simplefilter("ignore")
            return np.array(image.convert("RGB"))
    except Exception:  # a decoder may raise anything on a damaged file
        return None


def start_of_pixels(data: bytes) -> int:
    """Where coded pixels begin: behind the head, whose damage is told by everything."""
    if data[:2] != b"\xff\xd8":
        return min(256, len(data) // 4)
    start = data.index(b"\xff\xda")
    return start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")


def flip(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """One bit."""
    return data[:at] + bytes([data[at] ^ 1 << int(rng.integers(8))]) + data[at + 1 :]


def zero(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """16 to 1024 bytes, as of a hole in a sparse file."""
    count = min(int(2 ** rng.uniform(4, 10)), len(data) - at - 2)
    return data[:at] + bytes(count) + data[at + count :]


def lose(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """1 to 256 bytes."""
    return data[:at] + data[min(at + int(2 ** rng.uniform(0, 8)), len(data) - 2) :]


def add(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """1 to 256 random bytes."""
    return data[:at] + rng.bytes(int(2 ** rng.uniform(0, 8))) + data[at:]


def end_early(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """A marker that ends a JPEG, with the rest behind it."""
    return data[:at] + EOI + data[at + 2 :]


def cut(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """Cut off, and closed as if nothing were missing."""
    return data[:at] + data[-2:]


DAMAGES = {
    "bit flipped": flip,
    "bytes zeroed": zero,
    "bytes lost": lose,
    "bytes added": add,
    "early end": end_early,
    "cut and closed": cut,
}


def simplejpeg_warnings(data: bytes) -> bool:
    """Libjpeg's warnings, at an eighth of the size."""
    import simplejpeg

    if data[:2] != b"\xff\xd8":
        return False
    try:
        simplejpeg.decode_jpeg(data, "GRAY", min_height=1, min_width=1, min_factor=8)
    except ValueError:
        return True
    return False


def simplejpeg_full(data: bytes) -> bool:
    """Libjpeg's warnings, at full size."""
    import simplejpeg

    if data[:2] != b"\xff\xd8":
        return False
    try:
        simplejpeg.decode_jpeg(data)
    except ValueError:
        return True
    return False


def ffmpeg(data: bytes) -> bool:
    """FFmpeg's MJPEG decoder, which gives up at the first error."""
    import av

    if data[:2] != b"\xff\xd8":
        return False
    codec = av.CodecContext.create("mjpeg", "r")
    codec.options = {"err_detect": "explode"}
    codec.thread_count = 1
    try:
        return not (codec.decode(av.Packet(data)) + codec.decode(None))
    except av.FFmpegError:
        return True


def verify(data: bytes) -> bool:
    """Pillow's `verify`: checksums of PNG."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
    except Exception:
        return True
    return False


DETECTORS: dict[str, Callable[[bytes], bool]] = {
    "simplejpeg 1/8": simplejpeg_warnings,
    "simplejpeg": simplejpeg_full,
    "ffmpeg": ffmpeg,
    "verify": verify,
}
