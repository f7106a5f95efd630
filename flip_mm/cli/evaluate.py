# SPDX-License-Identifier: Apache-2.0
"""Compute all metrics of a score file, without a model.

flip_mm evaluate work_dirs/flip_mcl_p1/O_seed0/scores_target.csv
flip_mm evaluate scores_target.csv --dev scores_dev.csv --rule apcer=0.05 --bootstrap 1000
flip_mm evaluate scores_target.csv --report out --data-root data/MCIO
"""

from __future__ import annotations

import json
from argparse import ArgumentTypeError, Namespace
from pathlib import Path

from flip_mm.apis.arguments import check_other_file, integer, nonempty, number, output_file

from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("file", help="CSV from a test, or any CSV with the same columns (docs/metrics.md)")
    threshold = parser.add_mutually_exclusive_group()
    threshold.add_argument("--threshold", type=_threshold, help="'paper' (default): fitted on FILE; or a number in 0..1.1")
    threshold.add_argument("--dev", type=nonempty, help="score file of other videos, to fit the threshold on (rule 'dev')")
    threshold.add_argument("--model", type=nonempty, metavar="FILE", help="use threshold and temperature of this model file")
    parser.add_argument("--rule", default="eer", help="with --dev: eer, apcer=X or bpcer=X (eer)")
    parser.add_argument(
        "--level", choices=["video", "frame"], default="video", help="average the frames of a video, or use each frame"
    )
    parser.add_argument(
        "--bootstrap", type=integer(0, 1_000_000), default=0, metavar="N", help="95 %% intervals from N resamples"
    )
    parser.add_argument("--by", choices=["video", "subject"], default="video", help="unit of the bootstrap (video)")
    parser.add_argument("--seed", type=integer(0, 2**32 - 1), default=0, help="seed of the bootstrap (0)")
    parser.add_argument("--plots", type=nonempty, metavar="DIR", help="draw ROC, DET and score histogram into this folder")
    parser.add_argument("--report", type=nonempty, metavar="DIR", help="write DIR/report.html (docs/report.md)")
    parser.add_argument("--data-root", type=nonempty, help="with --report: folder of the images, to show the worst mistakes")
    parser.add_argument("--record", type=nonempty, metavar="FILE", help="with --report: the record.json, unless next to FILE")
    parser.add_argument("--json", type=output_file, metavar="FILE", help="write the metrics into this file")
    args = parser.parse_args()
    for option in ("data_root", "record"):
        if getattr(args, option) and not args.report:
            parser.error(f"argument --{option.replace('_', '-')}: it is for --report DIR, which is missing")
    return args


def main() -> None:
    """Evaluate."""
    args = parse_args()
    from flip_mm.evaluation import EvaluationOptions, make_reports, read_score_file
    from flip_mm.evaluation.roles import DEV, TARGET
    from flip_mm.utils.files import write_text

    if args.rule != "eer" and not args.dev:
        raise ValueError(f"--rule {args.rule} is for threshold='dev': it needs --dev FILE, the scores to fit the threshold on.")
    if args.data_root and not Path(args.data_root).is_dir():
        raise NotADirectoryError(f"--data-root '{args.data_root}' is no folder: give the folder that contains frame/.")
    if args.json:
        check_other_file(args.json, args.file, *([args.dev] if args.dev else ()))
    threshold = DEV if args.dev else "paper" if args.threshold is None else args.threshold
    # A test writes scores_<role>.csv.
    role = Path(args.file).stem.split("scores_")[-1]
    tested = read_score_file(args.file)
    if args.model:
        from flip_mm.inference.deployed_scores import deployed_scores

        tested, threshold, warnings = deployed_scores(tested, args.model)
        for text in warnings:
            print(f"Warning: {text}")
    options = EvaluationOptions(threshold, args.level, args.rule)
    frames = {role: tested.frames}
    if args.dev:
        dev = read_score_file(args.dev)
        frames = {DEV: dev.frames, TARGET if role == DEV else role: tested.frames}
        if dev.provenance and tested.provenance and dev.provenance.origin != tested.provenance.origin:
            raise ValueError(
                f"'{args.file}' comes from {tested.provenance.origin}, --dev '{args.dev}' from {dev.provenance.origin}: a "
                "threshold is valid for one checkpoint only. Use the dev scores of the same checkpoint."
            )
    try:
        reports = make_reports(frames, options, tested.provenance)
    except ValueError as error:
        raise ValueError(f"'{args.file}'" + (f", --dev '{args.dev}'" if args.dev else "") + f": {error}") from error
    described = []
    for report in reports.values():
        print(report.line())
        for text in report.warnings:
            print(f"Warning: {text}")
        print(report.table())
        described.append(report.to_dict())
        if args.bootstrap:
            intervals = report.bootstrap(args.by, args.bootstrap, args.seed)
            described[-1]["bootstrap_95"] = intervals | dict(by=args.by, resamples=args.bootstrap, seed=args.seed)
            text = "  ".join(f"{name} {low:.2f} .. {high:.2f}" for name, (low, high) in intervals.items())
            print(f"  bootstrap by {args.by}, {args.bootstrap} resamples, 95 %: {text}")
        if args.plots:
            from flip_mm.visualization import plot_report

            Path(args.plots).mkdir(parents=True, exist_ok=True)
            for path in plot_report(report, args.plots, report.role):
                print(f"Plot written: {path}")
    if args.report:
        from flip_mm.apis.evaluation_report import write_evaluation_report

        more = (args.data_root, args.record, args.dev)
        path = write_evaluation_report(args.file, tested, frames, reports, args.report, *more)
        print(f"Report written: {path}")
    if args.json:
        write_text(args.json, json.dumps(described, indent=1) + "\n")
        print(f"Written: {args.json}")


def _threshold(text: str) -> str | float:
    if text in ("dev", "deploy"):
        raise ArgumentTypeError("use --dev FILE in its place, the scores that the threshold is fitted on")
    return text if text == "paper" else number(0, 1.1)(text)
