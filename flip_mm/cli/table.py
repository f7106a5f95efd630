# SPDX-License-Identifier: Apache-2.0
"""Print tables of results, with mean and standard deviation over seeds, from the records of trainings and tests.

flip_mm table work_dirs
flip_mm table work_dirs --form p1 --rule target-oracle
flip_mm table work_dirs --form p3 --format html --out table.html
flip_mm table work_dirs/prompts --rule target-oracle --plot prompts.png
flip_mm table work_dirs/flip_mcl_p1 work_dirs/erm_r18_p1 --format markdown --metrics HTER AUC ACER
"""

from __future__ import annotations

import shutil
from argparse import Namespace

from .parser import Parser

# Values of --style in earlier versions.
FORMER = {"text": "terminal"}
FORMATS = ["terminal", "markdown", "latex", "html", "csv"]
FORMS = ["p1", "p2", "p3", "initialisation", "prompts", "weights", "one-to-many", "iso", "runs"]


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("places", nargs="+", metavar="PLACE", help="record.json, or a folder with such files in it or below")
    parser.add_argument(
        *("--format", "--style"), choices=[*FORMATS, *FORMER], default="terminal", help="HTML and LaTeX need great_tables"
    )
    parser.add_argument("--form", choices=FORMS, default="runs", help="a table of the paper, or a row for each run (runs)")
    parser.add_argument("--rule", metavar="NAME", help="only checkpoints of this rule: target-oracle, dev, last, fixed, ...")
    parser.add_argument("--threshold", metavar="RULE", help="only this threshold: paper, dev, 'dev (eer)', or a number")
    parser.add_argument(
        "--split", choices=["both", "test", "val"], default="both", help="both (default): validations if there is no test"
    )
    parser.add_argument("--role", choices=["target", "dev"], default="target", help="target (default) or held-out videos")
    parser.add_argument("--metrics", nargs="+", metavar="NAME", help="HTER AUC TPR@FPR=1%%, ACER, ...")
    parser.add_argument(
        "--published", choices=["all", "beside", "none"], default="all", help="published rows of a form (default: all)"
    )
    parser.add_argument("--plot", metavar="FILE", help="also draw the first of --metrics (HTER): .png, .pdf or .svg")
    parser.add_argument("--out", metavar="FILE", help="write the table into a file")
    args = parser.parse_args()
    args.format = FORMER.get(args.format, args.format)
    from flip_mm.evaluation.directions import DIRECTIONS

    correct = {name.lower(): name for name in DIRECTIONS}
    for name in args.metrics or ():
        if name not in DIRECTIONS and (valid := correct.get(name.lower())):
            parser.error(f"argument --metrics: there is no {name}, did you mean {valid}?")
    return args


def main() -> None:
    """Print the table, or write it."""
    args = parse_args()
    from flip_mm.tables.make_table import make_table
    from flip_mm.utils.files import write_text

    options = {name: getattr(args, name) for name in ("form", "format", "rule", "threshold", "split", "role", "metrics")}
    width = shutil.get_terminal_size((120, 24)).columns
    text = make_table(*args.places, published=args.published, width=width, **options)
    if args.plot:
        from flip_mm.tables.plot import METRIC, plot_results

        chosen = {name: options[name] for name in ("rule", "threshold", "split", "role")}
        plot_results(*args.places, path=args.plot, metric=(args.metrics or [METRIC])[0], **chosen)
    if args.out:
        write_text(args.out, text + "\n")
        print(f"Written: {args.out}")
    else:
        print(text)
