# SPDX-License-Identifier: Apache-2.0
"""Compute what a training of FLIP-MCL on many images and GPUs costs, from a few measured and assumed numbers.

Nothing is measured here. docs/scale.md has the tables, and says where each number comes from.

python tools/benchmarks/scale_on_paper.py --images 10000000 --gpus 8 64 512
python tools/benchmarks/scale_on_paper.py --data docs/benchmarks/data.1.json
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser

# Counted: parameters of FLIP-MCL, ViT-B/16 with text tower and projector, all trained.
PARAMETERS = 169_568_513
# Of the config: images of a step on one GPU, their views, side of a view, width of SimCLR's projection.
BATCH, VIEWS, SIDE, PROJECTED = 24, 3, 224, 256
# Measured: bytes of a sample in memory beside its line, bytes of a line of the published lists, seconds to read a line.
SAMPLE, LINE, SECONDS_A_LINE = 32, 42, 4.0e-6
# Measured: milliseconds of a batch of indices, without and for each process.
INDICES_MS, INDICES_MS_A_PROCESS = 0.03, 0.0036
# Measured on the synthetic set, 224 px: bytes of a file.
FILE_BYTES = {"PNG": 96_000, "JPEG": 17_000}
# Measured by data.py: images/s of one core, for each setting of `views`. --data takes those of another run.
IMAGES_A_CORE = {"pillow": 106, "opencv": 356, "device": 576}
DATA_PART = "training data, 3 views, 224 px PNG (Pillow)"
# Measured: bytes of a test frame that is gathered.
ROW = 101
# Assumed: bytes/s between GPUs of one machine, of the network of one GPU, and of the disk for checkpoints.
LINK, NETWORK, DISK = 450e9, 50e9, 1e9
GPUS_A_MACHINE = 8
# Assumed: images/s of one GPU, all views of an image counted once.
RATES = (50, 100, 200, 400)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("--images", type=integer(1), default=10**7, help="training images (10^7)")
    parser.add_argument("--gpus", type=integer(1), nargs="+", default=[8, 64, 512], help="numbers of GPUs (8 64 512)")
    parser.add_argument("--data", type=Path, metavar="FILE", help="result of data.py --json: use the images/s of that run")
    return parser.parse_args()


def rates_of(path: Path) -> dict[str, int]:
    """Return the images/s of one core that data.py measured."""
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    found = {row["way"]: round(row["units"] / row["seconds"]) for row in results if row["part"] == DATA_PART}
    if missing := IMAGES_A_CORE.keys() - found:
        raise ValueError(f"'{path}' has no result '{DATA_PART}' of {', '.join(sorted(missing))}: run data.py with --sizes 224.")
    return {views: found[views] for views in IMAGES_A_CORE}


def size(count: float) -> str:
    """Bytes with a decimal unit.

    Example:
        >>> size(678_274_052)
        '678 MB'
    """
    power = min(int(math.log10(max(count, 1))) // 3, 4)
    return f"{count / 1000**power:.3g} {('B', 'kB', 'MB', 'GB', 'TB')[power]}"


def each_gpu() -> list[tuple[str, str]]:
    """What does not depend on the number of GPUs."""
    pixels = BATCH * VIEWS * 3 * SIDE**2
    return [
        ("views to the device, uint8, a step", size(pixels)),
        ("the same as float32", size(4 * pixels)),
        ("weights, gradients and two moments of Adam, fp32", size(16 * PARAMETERS)),
        ("checkpoint: weights and two moments", size(12 * PARAMETERS)),
        (f"writing it at {size(DISK)}/s", f"{12 * PARAMETERS / DISK:.1f} s"),
    ]


def by_gpus(images: int, gpus: int) -> list[str]:
    """A row: what depends on the number of GPUs."""
    gradients = 2 * (gpus - 1) / gpus * 4 * PARAMETERS
    bandwidth = LINK if gpus <= GPUS_A_MACHINE else NETWORK
    projections = 2 * BATCH * PROJECTED * 4
    return [
        f"{gpus}",
        f"{BATCH * gpus:,}",
        f"{images / (BATCH * gpus):,.0f}",
        size(gradients),
        f"{1000 * gradients / bandwidth:.1f} ms",
        size((gpus - 1) * projections),
        size(2 * BATCH * 2 * BATCH * gpus * 4),
        f"{INDICES_MS + INDICES_MS_A_PROCESS * gpus:.2f} ms",
    ]


def of_images(images: int) -> list[tuple[str, str]]:
    """What depends on the number of images."""
    table = images * (SAMPLE + LINE)
    return [
        *((f"storage of {kind} files", size(images * count)) for kind, count in FILE_BYTES.items()),
        ("lists", size(images * LINE)),
        ("sample table of one process", size(table)),
        (f"of the {GPUS_A_MACHINE} processes of a machine", size(GPUS_A_MACHINE * table)),
        ("indices and permutations of a process", size(8 * images)),
        ("reading the lists, each process", f"{images * SECONDS_A_LINE:.0f} s"),
        ("gathering as many test frames", size(images * ROW)),
    ]


def by_rate(images: int, gpus: list[int], a_core: dict[str, int], rate: int) -> list[str]:
    """A row: what depends on the speed of a GPU."""
    cores = [f"{rate / count:.1f}" for count in a_core.values()]
    step = BATCH / rate
    minutes = [f"{images / rate / number / 60:,.0f}" for number in gpus]
    exchange = 2 * 4 * PARAMETERS / NETWORK / step
    return [f"{rate}", f"{1000 * step:.0f} ms", *cores, *minutes, f"{100 * exchange:.0f} %"]


def main() -> None:
    """Print the tables."""
    args = parse_args()
    _print(["each GPU", ""], each_gpu())
    columns = "GPUs|images a step|steps a pass|gradients|time of them|projections|similarities|indices"
    _print(columns.split("|"), [by_gpus(args.images, number) for number in args.gpus])
    _print([f"{args.images:,} images", ""], of_images(args.images))
    minutes = [f"minutes a pass, {number} GPUs" for number in args.gpus]
    a_core = rates_of(args.data) if args.data else IMAGES_A_CORE
    cores = [f"cores, {views} ({count} images/s each)" for views, count in a_core.items()]
    rows = [by_rate(args.images, args.gpus, a_core, rate) for rate in RATES]
    _print(["images/s of a GPU", "step", *cores, *minutes, "gradients"], rows)


def _print(header: list[str], rows: list) -> None:
    for row in (header, ["---"] * len(header), *rows):
        print(f"| {' | '.join(row)} |")
    print()


if __name__ == "__main__":
    sys.exit(run_main(main))
