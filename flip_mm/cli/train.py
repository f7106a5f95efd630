# SPDX-License-Identifier: Apache-2.0
"""Train a model.

flip_mm train flip_mcl_p1 --target O
flip_mm train flip_mcl_p1 --protocol p3 --source C --target I
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from itertools import takewhile

from flip_mm.apis.processes import is_first
from flip_mm.utils.shipped import config_file

from .answers import OPTIONS
from .config_arguments import add_common_arguments, evaluator_without_effect
from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__, OPTIONS["train"])
    add_common_arguments(parser)
    parser.add_argument(
        "--resume", nargs="?", const="auto", help="continue from this checkpoint, or from the work dir's latest one"
    )
    parser.add_argument("--amp", action="store_true", help="train in mixed precision: bfloat16, or float16 on a GPU without it")
    validation = parser.add_mutually_exclusive_group()
    validation.add_argument("--no-validate", action="store_true", help="do not evaluate during training")
    validation.add_argument(
        "--validate",
        choices=["all", "dev"],
        default="all",
        help="what is evaluated during training: all (default), or dev, only the held-out source videos of --holdout: no image "
        "of the target is read, and the best checkpoint is the best one on them",
    )
    parser.add_argument(
        "--auto-scale-lr",
        action="store_true",
        help="scale the learning rate with batch size and number of processes",
    )
    if len(seeds := _seeds(sys.argv)) > 1:
        parser.error(
            f"argument --seed: a training has one seed, got {' '.join(seeds)}: flip_mm run CONFIG --seeds {','.join(seeds)} "
            "--work-dir DIR trains once with each"
        )
    args = parser.parse_args()
    if args.resume == "":
        parser.error("argument --resume: the name is empty; give a checkpoint, or --resume alone for the work dir's latest one")
    return args


def main() -> None:
    """Train."""
    args = parse_args()
    config_file(args.config)
    unused = evaluator_without_effect(args.cfg_options, "val_evaluator", "test_evaluator")
    if unused and is_first(args.launcher):
        print(f"Warning: {unused}, or give it to the test.", file=sys.stderr)
    from flip_mm.apis.train_model import train_model

    train_model(args)


def _seeds(words: Sequence[str]) -> list[str]:
    """The numbers after ``--seed``."""
    after = words[words.index("--seed") + 1 :] if "--seed" in words else []
    return list(takewhile(str.isdecimal, after))
