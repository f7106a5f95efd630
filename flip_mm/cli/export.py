# SPDX-License-Identifier: Apache-2.0
"""Write a model file that explains itself: weights, class embeddings, preprocessing, and where it comes from.

flip_mm export flip_mcl_p1 work_dirs/flip_mcl_p1/O_seed0/iter_4000.pth flip_mcl_O.safetensors --faces mtcnn
flip_mm predict flip_mcl_O.safetensors me.jpg
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from flip_mm.apis.arguments import check_input, check_other_file, nonempty, number, output_file
from flip_mm.utils.shipped import config_file

from .config_arguments import add_data_arguments
from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_data_arguments(parser)
    parser.add_argument("checkpoint", type=Path, help="checkpoint that tools/train.py wrote")
    parser.add_argument("out", type=output_file, help="file to write, .safetensors")
    faces = parser.add_argument_group("faces", "how the faces of the training data were found and cropped")
    faces.add_argument("--faces", type=nonempty, help="face detector, or 'given' if predictions get face crops")
    faces.add_argument("--margin", type=number(0, 5), default=0.1, help="margin around the box on each side (0.1)")
    parser.add_argument("--overwrite", action="store_true", help="replace the file to write")
    return parser.parse_args()


def main() -> None:
    """Write the file."""
    args = parse_args()
    config_file(args.config)
    check_input(args.checkpoint, "checkpoint")
    if args.out.exists() and not args.overwrite:
        raise FileExistsError(f"{args.out} exists already: choose another name, or --overwrite.")
    check_other_file(args.out, args.checkpoint)
    from flip_mm.apis import load_config
    from flip_mm.apis.trained_model import build_trained, read_checkpoint
    from flip_mm.export.card import model_card
    from flip_mm.export.plain_network import plain_network
    from flip_mm.inference.model_file import write_safetensors

    state, meta = read_checkpoint(args.checkpoint)
    cfg = load_config(args)
    model = build_trained(cfg, args.checkpoint, state, meta)
    plain = plain_network(model)
    faces = dict(detector=args.faces, source="given at the export") if args.faces else None
    card = model_card(model, plain, cfg, meta, args.out.stem, faces, dict(margin=args.margin))
    write_safetensors(args.out, card, {name: value.numpy() for name, value in plain.network.state_dict().items()})
    print(f"{args.out}: {args.out.stat().st_size / 2**20:.1f} MiB")
