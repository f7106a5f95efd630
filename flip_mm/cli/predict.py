# SPDX-License-Identifier: Apache-2.0
"""Say for each picture whether its face is live.

flip_mm predict flip_mcl_O.safetensors me.jpg
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from flip_mm.apis.arguments import nonempty, number

from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("model", type=Path, help="model file of flip_mm export")
    parser.add_argument("sources", nargs="+", type=nonempty, metavar="SOURCE", help="picture")
    parser.add_argument("--faces", type=nonempty, help="face detector, or 'given' for face crops (model file)")
    parser.add_argument("--threshold", type=number(0, 1), help="p_real from which a face is live (model file)")
    return parser.parse_args()


def main() -> None:
    """Print the answers."""
    args = parse_args()
    from flip_mm.inference.detector import Detector
    from flip_mm.inference.model_card import Decision
    from flip_mm.media.decoding import decode_image

    decision = None if args.threshold is None else Decision(args.threshold, args.threshold)
    detector = Detector(args.model, args.faces, decision)
    for source in args.sources:
        print(source, detector.predict(decode_image(Path(source).read_bytes())))
