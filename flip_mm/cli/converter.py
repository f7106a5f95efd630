# SPDX-License-Identifier: Apache-2.0
"""The command line that all converters share."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from flip_mm.apis.arguments import integer, number
from flip_mm.faces.detectors import DETECTORS

if TYPE_CHECKING:
    from flip_mm.datasets.data_set import DataSet
    from flip_mm.preparation.places import Places

MOST_WORKERS = 256


def add_arguments(parser: ArgumentParser, faces: str) -> None:
    """Add what converters have in common; ``faces`` is the default way to find faces."""
    parser.add_argument("out", metavar="OUT", type=Path, help="the configs' data_root; gets frame/, txt/ and preparation/")
    parser.add_argument("--workers", type=integer(1, MOST_WORKERS), default=usable_cores(), help="processes (all cores)")
    parser.add_argument("--resume", action="store_true", help="continue where an earlier attempt ended")
    parser.add_argument("--dry-run", action="store_true", help="print source, frame and output of every image; write nothing")
    parser.add_argument(
        "--faces",
        default=faces,
        help=f"how faces are found: annotations, none, {', '.join(DETECTORS)}, or module:callable of your own; several, with "
        f"commas between them, are tried in turn ({faces})",
    )
    parser.add_argument("--weights", type=Path, help="model file of the detector, for --faces yunet")
    parser.add_argument("--margin", type=number(0, 2), default=0.1, help="share of the face box added on every side (0.1)")
    parser.add_argument("--no-thumbnails", dest="thumbnails", action="store_false", help="keep faces out of the report")


def usable_cores() -> int:
    """Cores that this process may use: fewer than the machine has where a scheduler gave it some of them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, MOST_WORKERS)


def run(args: Namespace, archive: DataSet, places: Places, lists: Path | None = None) -> int:
    """Convert, or print the plan.

    Args:
        args: With the arguments of :func:`add_arguments`.
        archive: What is converted.
        places: From where, to where.
        lists: Folder of the authors' lists.

    Returns:
        0 when every recording was converted, 1 when something was not and is listed, 130 when interrupted.

    Raises:
        ValueError, ImportError, OSError, RuntimeError: Nothing could be done, or the conversion had to stop.
    """
    from flip_mm.preparation.convert_archive import convert_archive, print_plan
    from flip_mm.preparation.worker import ConversionOptions

    options = ConversionOptions(
        faces=args.faces,
        margin=args.margin,
        weights=args.weights,
        borders=archive.borders,
        annotations=archive.annotations,
    )
    try:
        if args.dry_run:
            return print_plan(archive, places, options, lists, args.workers)
        return convert_archive(archive, places, options, lists, args.workers, args.resume, args.thumbnails)
    except KeyboardInterrupt:
        print("Interrupted." if args.dry_run else "Interrupted: continue with --resume.", file=sys.stderr)
        return 130
