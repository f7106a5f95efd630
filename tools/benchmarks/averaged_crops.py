# SPDX-License-Identifier: Apache-2.0
"""Measure how the scores of a model change when the box of the face moves, and what averaging over moved crops changes.

Takes the test images of a run, which are crops already, and scales, shifts and compresses them. For each change it prints AUC,
and HTER, APCER and BPCER of the videos at the threshold with equal error rates of the unchanged images, in percent; the
percentage of images that cross this threshold; and the mean change of p_real. Then it draws random boxes three times (scale 0.9
to 1.15, shifts up to 0.1), scores the mean of 1, 3, 5 and 7 crops, and prints the same compared with the first draw.

python tools/benchmarks/averaged_crops.py demo.safetensors --data-root data/demo --protocol p1 --target O
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser
from flip_mm.datasets.protocols import get_run
from flip_mm.datasets.run_samples import read_samples
from flip_mm.evaluation.functional import auc, average_videos, eer_threshold, metrics_at
from flip_mm.faces.moved_boxes import AVERAGED, SCALES, Move, move_face, moved_crops, whole_image
from flip_mm.inference.open_runtime import open_runtime
from flip_mm.inference.preprocessing import resized
from flip_mm.media.still_image import read_image
from flip_mm.qualify.probes import jpeg

SHIFTS = [(x, y) for x in (-0.15, 0.0, 0.15) for y in (-0.15, 0.0, 0.15) if (x, y) != (0.0, 0.0)]
QUALITIES = (95, 80, 60, 30)
COUNTS = (1, 3, 5, 7)
DRAWS = 3
BATCH = 64
# Function from an image to the crops of which the score is the mean.
Crops = Callable[[np.ndarray], Sequence[np.ndarray]]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("model", type=Path, help="file of flip_mm export, with one square input")
    parser.add_argument("--data-root", type=Path, default=Path("data/demo"), help="data root (data/demo)")
    parser.add_argument("--protocol", default="p1", help="protocol (p1)")
    parser.add_argument("--target", default="O", help="target domain (O)")
    parser.add_argument("--threads", type=integer(1), default=1, help="threads of the network (1)")
    return parser.parse_args()


def crops_of(moves: Sequence[Move], image: np.ndarray) -> list[np.ndarray]:
    """Crops of a ready crop, of its size."""
    return moved_crops(image, whole_image(image), moves, max(image.shape[:2]), margin=0.0)


def drawn_crops(rng: np.random.Generator, count: int, image: np.ndarray) -> list[np.ndarray]:
    """``count`` crops around a random box."""
    face = move_face(whole_image(image), Move(rng.uniform(0.9, 1.15), *rng.uniform(-0.1, 0.1, 2)))
    return moved_crops(image, face, AVERAGED[:count], max(image.shape[:2]), margin=0.0)


def compress(quality: int, image: np.ndarray) -> list[np.ndarray]:
    """An image after JPEG compression."""
    return [jpeg(quality)((image, None))[0]]


def main() -> None:
    """Print both tables."""
    args = parse_args()
    run = get_run(args.protocol, args.target)
    samples = list(read_samples(run, "test", args.data_root)[0])
    runtime = open_runtime(args.model, None, "cpu", args.threads)
    images = [read_image(args.data_root / "frame" / sample["file"]) for sample in samples]
    videos, labels = [sample["video_id"] for sample in samples], [sample["gt_label"] for sample in samples]

    def score(crops: Crops) -> np.ndarray:
        flat = np.array([resized(crop, runtime.card.inputs[0]) for image in images for crop in crops(image)])
        scores = [runtime([flat[i : i + BATCH]]).p_real() for i in range(0, len(flat), BATCH)]
        return np.concatenate(scores).reshape(len(images), -1).mean(1)

    unchanged = score(partial(crops_of, [Move()]))
    threshold = eer_threshold(*average_videos(videos, unchanged, labels)[1:])

    def print_row(name: str, scores: np.ndarray, reference: np.ndarray = unchanged) -> None:
        own = average_videos(videos, scores, labels)[1:]
        found = metrics_at(*own, threshold)
        rates = [100 * value for value in (auc(*own), found.hter, found.far, found.frr)]
        flips = 100 * ((scores >= threshold) != (reference >= threshold)).mean()
        cells = "".join(f"{value:>7.1f}" for value in (*rates, flips))
        print(f"{name:<24}{cells}{np.abs(scores - reference).mean():>9.3f}", flush=True)

    print(f"{len(images)} images of {len(set(videos))} videos, {args.protocol}, target {args.target}")
    print(f"{'change':<24}{'AUC':>7}{'HTER':>7}{'APCER':>7}{'BPCER':>7}{'flips':>7}{'change':>9}")
    for scale in SCALES:
        print_row(f"scale {scale}", score(partial(crops_of, [Move(scale)])))
    for right, down in SHIFTS:
        print_row(f"shift {right:+}, {down:+}", score(partial(crops_of, [Move(1.0, right, down)])))
    for quality in QUALITIES:
        print_row(f"JPEG {quality}", score(partial(compress, quality)))
    for count in COUNTS:
        print_row(f"mean of {count}", score(partial(crops_of, AVERAGED[:count])))
    for count in COUNTS:
        first, *others = [score(partial(drawn_crops, np.random.default_rng(seed), count)) for seed in range(DRAWS)]
        for number, other in enumerate(others, 2):
            print_row(f"drawn {number}, mean of {count}", other, first)


if __name__ == "__main__":
    sys.exit(run_main(main))
