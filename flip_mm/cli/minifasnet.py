# SPDX-License-Identifier: Apache-2.0
"""Convert the published files of Silent-Face's MiniFASNet to one model file, which averages their probabilities.

flip_mm minifasnet 2.7_80x80_MiniFASNetV2.pth 4_0_0_80x80_MiniFASNetV1SE.pth minifasnet.safetensors
flip_mm predict minifasnet.safetensors me.jpg --faces mtcnn
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from flip_mm.apis.arguments import check_input, check_new_file, nonempty, output_file

from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("weights", type=Path, nargs="+", help="published .pth files, with their published names")
    parser.add_argument("out", type=output_file, help="file to write, .safetensors")
    parser.add_argument("--faces", type=nonempty, help="face detector of predictions (none: predictions must name one)")
    parser.add_argument("--overwrite", action="store_true", help="replace the file to write")
    return parser.parse_args()


def main() -> None:
    """Convert."""
    args = parse_args()
    for path in args.weights:
        check_input(path, "weights")
    if args.out.suffix != ".safetensors":
        raise ValueError(f"'{args.out}' must end in .safetensors.")
    check_new_file(args.out, args.overwrite, *args.weights)
    from flip_mm.export.minifasnet import published_model
    from flip_mm.inference.model_file import write_safetensors

    card, network = published_model(args.weights, args.out.stem, args.faces)
    write_safetensors(args.out, card, {name: value.numpy() for name, value in network.state_dict().items()})
    crops = ", ".join(f"{spec.scale:g}" for spec in card.inputs)
    print(f"{args.out}: {len(card.inputs)} networks, crops of {crops} times the face box; no threshold (docs/qualify.md)")
