# SPDX-License-Identifier: Apache-2.0
"""Draw a synthetic data set, in the layout of the official release, or images with captions.

flip_mm synth --out data/demo --layout MCIO
flip_mm synth --out data/demo --depth
flip_mm synth --out data/demo_wcs --layout WCS
flip_mm synth --out data/captions --captions 8000
"""

from __future__ import annotations

import os
import time
from argparse import Namespace
from pathlib import Path

from flip_mm.apis.arguments import integer

from .parser import Parser

# Names of OULU allow two digits for the subject, with two real videos each; those of CeFA 99 subjects, with one video each.
MAX_VIDEOS = {"MCIO": 190, "WCS": 99}
# WCS has up to ten images per video.
DEFAULT_VIDEOS = {"MCIO": 60, "WCS": 30}


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write; data root for the configs")
    parser.add_argument(
        "--layout", choices=list(MAX_VIDEOS), default="MCIO", help="which data sets: MCIO or WMCA, CeFA, SURF (MCIO)"
    )
    parser.add_argument(
        "--captions", type=integer(100, 10**6), metavar="N", help="draw N images with captions for a pretraining instead"
    )
    parser.add_argument("--videos", type=integer(5), help="real videos per domain, twice as many attacks (MCIO 60, WCS 30)")
    parser.add_argument("--size", type=integer(32, 1024), default=112, help="side of the images in pixels (112)")
    parser.add_argument("--seed", type=integer(0, 2**31), default=0, help="seed; the same seed gives the same files (0)")
    parser.add_argument("--workers", type=integer(1, 256), default=os.cpu_count(), help="processes (all cores)")
    parser.add_argument("--depth", action="store_true", help="also write a depth map of every real image, in the folder depth")
    parser.add_argument("--overwrite", action="store_true", help="replace a synthetic set in the folder")
    args = parser.parse_args()
    if args.captions:
        if args.videos:
            parser.error("argument --videos: --captions draws no videos; give one of them")
        if args.depth:
            parser.error("argument --depth: --captions writes no depth maps; give one of them")
        args.layout, args.videos = "captions", args.captions
        return args
    if args.videos is None:
        args.videos = DEFAULT_VIDEOS[args.layout]
    if args.videos > MAX_VIDEOS[args.layout]:
        parser.error(f"argument --videos: must be in 5..{MAX_VIDEOS[args.layout]} for {args.layout}, got {args.videos}")
    return args


def main() -> None:
    """Draw the set unless it exists."""
    args = parse_args()
    from flip_mm.synthetic.make import make_synthetic

    start = time.time()
    settings = (args.out, args.layout, args.videos, args.size, args.seed, args.workers, args.overwrite, args.depth)
    if total := make_synthetic(*settings):
        maps = f" and {sum(1 for _ in args.out.glob('depth/**/*.png'))} depth maps" if args.depth else ""
        print(f"{total} images{maps} in {args.out} ({time.time() - start:.0f} s)")
    else:
        print(f"{args.out} already contains this synthetic set.")
