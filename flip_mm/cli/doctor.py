# SPDX-License-Identifier: Apache-2.0
"""Was a data root made right, and can the protocols run on it?

python tools/analysis_tools/check_dataset.py data/MCIO
python tools/analysis_tools/check_dataset.py data/MCIO --protocol p1 p3 --lists path/to/the/authors/txt --html report.html

Exit status: 0 all chosen runs can run, 1 one cannot, or none was found, 2 the command is wrong. docs/check_dataset.md
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import BrokenExecutor
from pathlib import Path

from mmengine.utils import import_modules_from_strings

from flip_mm.apis import output_file, run_main, whole
from flip_mm.datasets.protocols import RUNS
from flip_mm.doctor.page import write_page
from flip_mm.doctor.report import check_dataset
from flip_mm.doctor.terminal import describe
from flip_mm.utils.files import write_text


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, help="data root: the folder with frame/ and txt/")
    parser.add_argument("--protocol", nargs="+", default=[], help="which runs must be possible (all that have their lists)")
    parser.add_argument(
        "--import", dest="modules", nargs="+", default=[], metavar="MODULE", help="what registers data sets of your own"
    )
    parser.add_argument("--no-aux", dest="aux", action="store_false", help="judge the runs without CelebA-Spoof")
    parser.add_argument(
        "--lists", type=Path, metavar="DIR", help="the authors' lists, to compare with; in MCIO/ and WCS/ or not"
    )
    parser.add_argument("--no-images", dest="images", action="store_false", help="look at lists and names of files alone")
    parser.add_argument("--json", type=output_file, metavar="FILE", help="write all findings into this file")
    parser.add_argument("--html", type=output_file, metavar="FILE", help="write a page with histograms and thumbnails")
    parser.add_argument("--no-thumbnails", dest="thumbnails", action="store_false", help="no faces in the page")
    parser.add_argument("--workers", type=whole(1, 256), default=os.cpu_count(), help="processes that read images (all cores)")
    args = parser.parse_args()
    if args.json and args.html and args.json.absolute() == args.html.absolute():
        parser.error(f"--json and --html would both write '{args.json}': give them different names")
    return args


def main() -> int:
    """Check."""
    args = parse_args()
    for name in args.modules:
        try:
            import_modules_from_strings([name])
        except ImportError as error:
            raise ImportError(
                f"--import {name}: {error.__context__ or error}. Give the name of a module, as Python imports it from here; "
                "PYTHONPATH adds folders."
            ) from error
    if unknown := [name for name in args.protocol if name not in RUNS]:
        raise ValueError(f"--protocol: there is no {', '.join(unknown)}; choose from {', '.join(RUNS)}.")
    try:
        report = check_dataset(args.root, args.protocol, args.aux, args.lists, args.images, args.workers)
    except BrokenExecutor as error:
        raise RuntimeError(
            "The system ended a process that read images, as it does when memory runs out: use fewer --workers."
        ) from error
    print(describe(report))
    if args.json:
        write_text(args.json, json.dumps(report.to_dict(), indent=1) + "\n")
        print(f"Written: {args.json}")
    if args.html:
        write_page(report, args.html, args.thumbnails)
        print(f"Written: {args.html}")
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(run_main(main))
