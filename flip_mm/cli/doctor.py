# SPDX-License-Identifier: Apache-2.0
"""Check a data root: is it complete and correct, and which runs are possible?

flip_mm doctor data/MCIO
flip_mm doctor data/MCIO --protocol p1 p3 --lists path/to/the/authors/txt --html report.html

Exit code: 0 all chosen runs are possible, 1 one is not or none was found, 2 the command is wrong. See docs/check_dataset.md
"""

from __future__ import annotations

import json
import os
from argparse import Namespace
from concurrent.futures import BrokenExecutor
from pathlib import Path

from flip_mm.apis.arguments import import_modules, integer, output_file
from flip_mm.datasets.protocols import RUNS
from flip_mm.utils.nearest import did_you_mean

from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("root", type=Path, help="data root: the folder with frame/ and txt/")
    parser.add_argument("--protocol", nargs="+", default=[], help="protocols to check (all that have lists)")
    parser.add_argument(
        "--import", dest="modules", nargs="+", default=[], metavar="MODULE", help="modules that register your data sets"
    )
    parser.add_argument("--no-aux", dest="aux", action="store_false", help="check the runs without CelebA-Spoof")
    parser.add_argument(
        "--lists", type=Path, metavar="DIR", help="the authors' lists, to compare with; may be in MCIO/ and WCS/"
    )
    parser.add_argument("--no-images", dest="images", action="store_false", help="check only lists and file names")
    parser.add_argument("--json", type=output_file, metavar="FILE", help="write all findings into this file")
    parser.add_argument("--html", type=output_file, metavar="FILE", help="write a page with histograms and thumbnails")
    parser.add_argument("--no-thumbnails", dest="thumbnails", action="store_false", help="no faces in the page")
    parser.add_argument("--workers", type=integer(1, 256), default=os.cpu_count(), help="processes to read images (all cores)")
    args = parser.parse_args()
    if args.json and args.html and args.json.absolute() == args.html.absolute():
        parser.error(f"--json and --html would both write '{args.json}': give them different names")
    return args


def main() -> int:
    """Check."""
    args = parse_args()
    import_modules(args.modules)
    if unknown := [name for name in args.protocol if name not in RUNS]:
        suggestion = did_you_mean(unknown[0], RUNS, most=1)
        raise ValueError(f"--protocol: there is no {', '.join(unknown)}{suggestion or ';'} choose from {', '.join(RUNS)}.")
    from flip_mm.doctor.diagnosis import check_dataset
    from flip_mm.doctor.text_report import format_text
    from flip_mm.utils.files import write_text

    try:
        report = check_dataset(args.root, args.protocol, args.aux, args.lists, args.images, args.workers)
    except BrokenExecutor as error:
        raise RuntimeError(
            "The system ended a process that reads images, probably because memory ran out: use fewer --workers."
        ) from error
    print(format_text(report))
    if args.json:
        write_text(args.json, json.dumps(report.to_dict(), indent=1) + "\n")
        print(f"Written: {args.json}")
    if args.html:
        from flip_mm.doctor.html_report import write_html_report

        write_html_report(report, args.html, args.thumbnails)
        print(f"Written: {args.html}")
    return 0 if report.passed else 1
