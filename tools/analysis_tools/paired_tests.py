# SPDX-License-Identifier: Apache-2.0
"""Test whether two methods differ on the same videos, from the score files and records of their trainings.

python tools/analysis_tools/paired_tests.py work_dirs --pair flip_it_demo flip_v_demo --pair flip_mcl_demo flip_it_demo
"""

from __future__ import annotations

import argparse
import sys

from flip_mm.apis import run_main
from flip_mm.apis.arguments import number
from flip_mm.cli.parser import Parser


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("places", nargs="+", metavar="DIR", help="folder with work dirs in it or below")
    parser.add_argument(
        "--pair", nargs=2, action="append", required=True, metavar="CONFIG", help="names of two configs; may be repeated"
    )
    parser.add_argument("--each-seed", action="store_true", help="test every seed separately")
    parser.add_argument("--threshold", type=number(0, 1.1), help="threshold of HTER (fitted on the target, as published)")
    parser.add_argument("--style", choices=["text", "markdown", "csv"], default="text", help="text (default), markdown or csv")
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    args = parse_args()
    from flip_mm.evaluation.paired_runs import pair_runs, read_runs
    from flip_mm.evaluation.paired_table import paired_table

    runs = read_runs(*args.places)
    pairs = [pair for names in args.pair for pair in pair_runs(runs, *names, threshold=args.threshold)]
    print(paired_table(pairs, args.style, args.each_seed))


if __name__ == "__main__":
    sys.exit(run_main(main))
