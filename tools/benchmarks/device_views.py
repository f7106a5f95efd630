# SPDX-License-Identifier: Apache-2.0
"""Render the views of a batch: by OpenCV on one core, as a dataloader's worker does, and by torch on a device.

python tools/benchmarks/device_views.py
python tools/benchmarks/device_views.py --device cuda
"""

from __future__ import annotations

import argparse
import sys

import cv2
import numpy as np
import torch
from _harness import add_arguments, compare, write_json

from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser
from flip_mm.datasets.transforms.opencv_view import render_view
from flip_mm.datasets.transforms.view_parameters import draw_view, flip_only
from flip_mm.models.device_views import render_views


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_arguments(parser, turns=10)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="device of torch (cpu)")
    parser.add_argument("--size", type=integer(1), default=224, help="side of the images in pixels (224)")
    parser.add_argument("--batch", type=integer(1), default=24, help="images (24)")
    return parser.parse_args()


def main() -> None:
    """Measure."""
    args = parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)
    np.random.seed(0)  # noqa: NPY002  draw_view uses the global generator
    side, coarse = args.size, np.random.default_rng(0).integers(0, 256, (args.batch, 20, 20, 3), dtype=np.uint8)
    images = np.stack([cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC) for image in coarse])
    views = [[flip_only(side, side), draw_view(side, side), draw_view(side, side)] for _ in images]
    batch = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()

    def opencv() -> list[list[np.ndarray]]:
        return [[render_view(image, view, (side, side)) for view in own] for image, own in zip(images, views, strict=True)]

    def torch_with_the_copy() -> list[torch.Tensor]:
        return render_views(batch.to(args.device), views)

    ways = {"opencv": opencv, f"torch, {args.device}": torch_with_the_copy}
    results = compare(f"three views of {side} px", ways, args.batch, "images", args.turns, device=args.device)
    write_json(args.json, results, args.device)


if __name__ == "__main__":
    sys.exit(run_main(main))
