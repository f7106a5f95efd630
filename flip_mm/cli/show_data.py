# SPDX-License-Identifier: Apache-2.0
"""Show what goes into the network in training: each view of images of every domain and class, with normalisation undone.

flip_mm show-data flip_mcl_demo --target O
flip_mm show-data flip_mcl_p1 --target M --images 3 --draws 2 --out inputs.pdf
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from pathlib import Path

from flip_mm.apis.arguments import integer, output_file
from flip_mm.utils.shipped import config_file

from .config_arguments import add_data_arguments
from .parser import Parser

SUFFIXES = (".png", ".pdf")


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_data_arguments(parser)
    parser.add_argument("--images", type=integer(1, 50), default=2, metavar="N", help="images of each domain and class (2)")
    parser.add_argument("--draws", type=integer(1, 20), default=1, metavar="N", help="how often each image is augmented (1)")
    parser.add_argument("--seed", type=integer(0, 2**32 - 1), help="seed of all draws (config: 0)")
    parser.add_argument(
        "--out", type=_picture, default="training_data.png", metavar="FILE", help=".png or .pdf (training_data.png)"
    )
    return parser.parse_args()


def _picture(text: str) -> Path:
    path = output_file(text)
    if path.suffix not in SUFFIXES:
        raise argparse.ArgumentTypeError(f"'{text}' must end in {' or '.join(SUFFIXES)}")
    return path


def main() -> None:
    """Write the sheet."""
    args = parse_args()
    config_file(args.config)
    from flip_mm.analysis.training_sheet import training_sheet
    from flip_mm.apis.run_config import load_config
    from flip_mm.visualization.figure_file import save_figure, save_figure_pdf

    cfg = load_config(args, ("model", "train_dataloader"))
    seed = (cfg.get("randomness") or {}).get("seed") or 0
    figure = training_sheet(cfg, args.images, args.draws, seed)
    (save_figure_pdf if args.out.suffix == ".pdf" else save_figure)(figure, args.out)
    print(args.out)
