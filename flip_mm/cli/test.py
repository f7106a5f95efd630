# SPDX-License-Identifier: Apache-2.0
"""Evaluate a checkpoint: metrics, scores and plots.

The work dir gets scores_<role>.csv, figures_<role>.json (metrics), roc_, det_ and scores_<role>.png, and record.json.

flip_mm test flip_mcl_p1 work_dirs/flip_mcl_p1/O_seed0/best_target_HTER_iter_1200.pth
"""

from __future__ import annotations

from argparse import Namespace

from flip_mm.apis.arguments import nonempty
from flip_mm.utils.shipped import config_file

from .answers import OPTIONS
from .config_arguments import add_common_arguments, evaluator_without_effect
from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__, OPTIONS["test"])
    add_common_arguments(parser)
    parser.add_argument("checkpoint", nargs="+", type=nonempty, help="path of a checkpoint that tools/train.py wrote")
    parser.add_argument("--report", action="store_true", help="write report.html into the work dir (docs/report.md)")
    parser.add_argument("--no-pictures", action="store_true", help="no images of the worst mistakes in report.html")
    args = parser.parse_args()
    if args.no_pictures and not args.report:
        parser.error("argument --no-pictures: it is for --report, which is missing")
    if len(args.checkpoint) > 1:
        # The result of a pattern such as best_*.pth.
        parser.error(f"{len(args.checkpoint)} checkpoints are given, {', '.join(args.checkpoint)}: test one at a time")
    args.checkpoint = args.checkpoint[0]
    if problem := evaluator_without_effect(args.cfg_options, "test_evaluator", "val_evaluator"):
        parser.error(problem)
    return args


def main() -> None:
    """Evaluate."""
    args = parse_args()
    config_file(args.config)
    from flip_mm.apis.evaluate_model import evaluate_model

    evaluate_model(args)
