# SPDX-License-Identifier: Apache-2.0
"""Measure which damage in image files decoders detect, and which good files they refuse.

Synthetic faces are written as JPEG, PNG, WebP, GIF, TIFF and BMP as cameras and converters do, and damaged after the header:
flipped bits, zeroed, lost and added bytes, an end marker in the middle, a cut-off file with an end marker.
Damage counts only if Pillow still returns a picture of the same size, with more than 2 % of its pixels wrong by more than 16
of 255 levels.

python tools/benchmarks/damaged_images.py --images 10 --trials 40
"""

from __future__ import annotations

import argparse
import io
import sys
import warnings
from collections import Counter
from collections.abc import Callable

import av
import numpy as np
from PIL import Image

from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser
from flip_mm.media.ffmpeg_check import ffmpeg_refuses
from flip_mm.media.integrity import check_intact, jpeg_warning
from flip_mm.synthetic.layout import Video
from flip_mm.synthetic.writer import render_video

Damage = Callable[[bytes, int, np.random.Generator], bytes]
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
# Damage counts if more than this share of pixels is wrong by more than this many of 255 levels.
SPOILT, LEVELS = 0.02, 16


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("--images", type=integer(1), default=10, help="faces per file format (10)")
    parser.add_argument("--trials", type=integer(1), default=40, help="damages of each kind per image (40)")
    parser.add_argument("--size", type=integer(32, 8192), default=250, help="side of the images in pixels (250)")
    return parser.parse_args()


def draw(number: int, size: int) -> Image.Image:
    """A synthetic face, (size, size) RGB."""
    video = Video("MCIO"[number % 4], number, KINDS[number % len(KINDS)], "", ("",))
    return Image.fromarray(np.rint(255 * np.clip(render_video(video, number, size, seed=0)[0], 0, 1)).astype(np.uint8))


def encode(image: Image.Image, *, format: str, grey: bool = False, **options: object) -> bytes:
    """Return the content of an image file."""
    buffer = io.BytesIO()
    (image.convert("L") if grey else image).save(buffer, format, **options)
    return buffer.getvalue()


def pixels(data: bytes) -> np.ndarray | None:
    """Read an image with Pillow, (H, W, 3) uint8; None if Pillow refuses it."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as image:
            warnings.simplefilter("ignore")
            return np.array(image.convert("RGB"))
    except Exception:  # a decoder may raise anything on a damaged file
        return None


def start_of_pixels(data: bytes) -> int:
    """Return the start of the coded pixels, after the header; every decoder detects damage in the header."""
    if data[:2] != b"\xff\xd8":
        return min(256, len(data) // 4)
    start = data.index(b"\xff\xda")
    return start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")


def flip(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """Flip one bit."""
    return data[:at] + bytes([data[at] ^ 1 << int(rng.integers(8))]) + data[at + 1 :]


def zero(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """Set 16 to 1024 bytes to zero, as in a sparse file."""
    count = min(int(2 ** rng.uniform(4, 10)), len(data) - at - 2)
    return data[:at] + bytes(count) + data[at + count :]


def lose(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """Remove 1 to 256 bytes."""
    return data[:at] + data[min(at + int(2 ** rng.uniform(0, 8)), len(data) - 2) :]


def add(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """Insert 1 to 256 random bytes."""
    return data[:at] + rng.bytes(int(2 ** rng.uniform(0, 8))) + data[at:]


def end_early(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """Insert an end marker in the middle of a JPEG."""
    return data[:at] + EOI + data[at + 2 :]


def cut(data: bytes, at: int, rng: np.random.Generator) -> bytes:
    """Cut off the file, but keep the end marker."""
    return data[:at] + data[-2:]


DAMAGES: dict[str, Damage] = {
    "bit flipped": flip,
    "bytes zeroed": zero,
    "bytes lost": lose,
    "bytes added": add,
    "early end": end_early,
    "cut and closed": cut,
}


def intact(data: bytes) -> bool:
    """Return whether training accepts the file."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            check_intact(data, image)
    except Exception:  # Pillow may raise anything on a damaged file
        return False
    return True


# Name -> whether a file is damaged.
DETECTORS: dict[str, Callable[[bytes], bool]] = {
    "libjpeg": lambda data: bool(jpeg_warning(data)),
    "FFmpeg": ffmpeg_refuses,
    "libjpeg or FFmpeg": lambda data: bool(jpeg_warning(data)) or ffmpeg_refuses(data),
}
OTHERS: dict[str, Callable[[bytes], bool]] = {"flip_mm": lambda data: not intact(data)}


def try_damage(good: bytes, damage: Damage, detectors: dict, trials: int, rng: np.random.Generator) -> Counter[str]:
    """Damage one file many times.

    Returns:
        Numbers of files: 'tried', 'refused' by Pillow or read with another size, 'spoilt' (read with wrong pixels), and for
        each detector the spoilt files that it misses.
    """
    tally, right, start = Counter(tried=trials), pixels(good), start_of_pixels(good)
    for _ in range(trials):
        bad = damage(good, int(rng.integers(start, len(good) - 4)), rng)
        read = pixels(bad)
        if read is None or read.shape != right.shape:
            tally["refused"] += 1
        elif (np.abs(read.astype(int) - right).max(2) > LEVELS).mean() > SPOILT:
            tally["spoilt"] += 1
            tally.update(name for name, detect in detectors.items() if not detect(bad))
    return tally


def print_misses(images: list[Image.Image], forms: list[str], detectors: dict, trials: int) -> None:
    """Print a table with one row per file format and one per kind of damage."""
    rng = np.random.default_rng(0)
    goods = {form: [encode(image, **FORMS[form]) for image in images] for form in forms}
    tallies = {
        (form, name): sum((try_damage(good, damage, detectors, trials, rng) for good in goods[form]), Counter())
        for form in forms
        for name, damage in DAMAGES.items()
        if form.startswith("JPEG") or damage is not end_early
    }
    print(f"| | tried | Pillow refuses | spoilt | {' | '.join(f'{name}: missed' for name in detectors)} | false alarms |")
    print("|---|" + "---|" * (len(detectors) + 4))
    for form in forms:
        alarms = sum(detect(good) for detect in detectors.values() for good in goods[form])
        print_row(form, sum((tally for key, tally in tallies.items() if key[0] == form), Counter()), detectors, alarms)
    if len(forms) > 1 and forms[0].startswith("JPEG"):
        for name in DAMAGES:
            print_row(f"*{name}*", sum((tally for key, tally in tallies.items() if key[1] == name), Counter()), detectors, "")


def print_row(title: str, tally: Counter[str], detectors: dict, alarms: object) -> None:
    """Print one row of the table."""
    counts = " | ".join(str(tally[name]) for name in ("tried", "refused", "spoilt", *detectors))
    print(f"| {title} | {counts} | {alarms} |", flush=True)


def main() -> None:
    """Print the tables."""
    args = parse_args()
    av.logging.set_level(None)
    images = [draw(number, args.size) for number in range(args.images)]
    jpegs = [form for form in FORMS if form.startswith("JPEG")]
    print_misses(images, jpegs, DETECTORS, args.trials)
    print()
    print_misses(images, [form for form in FORMS if form not in jpegs], OTHERS, args.trials)


if __name__ == "__main__":
    sys.exit(run_main(main))
