# SPDX-License-Identifier: Apache-2.0
"""Print how much better trainings look under the published rules than under rules without labels of the target.

It reads the record.json of trainings with --holdout: their validations hold all rules.

python tools/analysis_tools/rule_gap.py work_dirs/rules
"""

import sys
from argparse import Namespace

from flip_mm.apis import run_main
from flip_mm.cli.parser import Parser
from flip_mm.evaluation.directions import DIRECTIONS


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("places", nargs="+", metavar="PLACE", help="record.json, or a folder with such files in it or below")
    parser.add_argument("--metric", choices=list(DIRECTIONS), default="HTER", help="HTER (default), AUC, ...")
    return parser.parse_args()


def main() -> None:
    """Print the tables."""
    args = parse_args()
    from flip_mm.evaluation.rule_gap import as_markdown, read_rule_gaps

    print(as_markdown(read_rule_gaps(args.places, args.metric), args.metric))


if __name__ == "__main__":
    sys.exit(run_main(main))
