# SPDX-License-Identifier: Apache-2.0
"""Print what a model file says about its model.

flip_mm info flip_mcl_O.onnx
flip_mm info flip_mcl_O.onnx --json
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("model", type=Path, help="model file: .safetensors, .onnx or .xml")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--verify", action="store_true", help="compare the weights with the hash in the file")
    return parser.parse_args()


def main() -> None:
    """Print the card."""
    args = parse_args()
    from flip_mm.inference.card_text import card_text
    from flip_mm.inference.model_file import check_hash, model_files, read_card

    card = read_card(args.model)
    if card is None:
        raise ValueError(f"'{args.model}' was not written by flip_mm export: it does not describe its model.")
    if args.verify:
        check_hash(args.model, card)
    if args.json:
        print(card.to_json())
        return
    try:
        text = card_text(card)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"'{args.model}': a part of its description has a wrong type ({error}): see --json.") from error
    size = sum(path.stat().st_size for path in model_files(args.model)) / 2**20
    print(f"{args.model}: {size:.1f} MiB" + (", weights as written" if args.verify else ""))
    print(text)
