# SPDX-License-Identifier: Apache-2.0
"""Print mean and standard deviation over seeds, for each method and run, from the records of trainings and tests.

flip_mm table work_dirs
flip_mm table work_dirs/flip_mcl_p1 work_dirs/erm_r18_p1 --style markdown --metrics HTER AUC ACER
"""

from __future__ import annotations

from argparse import Namespace

from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("places", nargs="+", metavar="PLACE", help="record.json, or a folder with such files in it or below")
    parser.add_argument("--style", choices=["text", "markdown", "csv"], default="text", help="text (default), markdown or csv")
    parser.add_argument("--split", choices=["test", "val"], default="test", help="tests (default) or validations in training")
    parser.add_argument("--role", choices=["target", "dev"], default="target", help="target (default) or held-out videos")
    parser.add_argument("--metrics", nargs="+", metavar="NAME", help="HTER AUC TPR@FPR=1%% (default), ACER, ...")
    args = parser.parse_args()
    from flip_mm.evaluation.directions import DIRECTIONS

    correct = {name.lower(): name for name in DIRECTIONS}
    for name in args.metrics or ():
        if name not in DIRECTIONS and (valid := correct.get(name.lower())):
            parser.error(f"argument --metrics: there is no {name}, did you mean {valid}?")
    return args


def main() -> None:
    """Print the table."""
    args = parse_args()
    from flip_mm.evaluation.results_table import METRICS, table

    print(table(*args.places, style=args.style, split=args.split, role=args.role, metrics=args.metrics or METRICS))
