# SPDX-License-Identifier: Apache-2.0
"""Command line arguments of all converters."""

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
    """Add the arguments of all converters; ``faces`` is the default of ``--faces``."""
    parser.add_argument(
        "out", metavar="OUT", type=Path, help="folder to write frame/, txt/ and preparation/; the configs' data_root"
    )
    parser.add_argument("--workers", type=integer(1, MOST_WORKERS), default=usable_cores(), help="processes (all cores)")
    parser.add_argument("--resume", action="store_true", help="continue an interrupted conversion")
    parser.add_argument("--dry-run", action="store_true", help="print source, frame and output of every image; write nothing")
    parser.add_argument(
        "--faces",
        default=faces,
        help=f"how to find faces: annotations, none, {', '.join(DETECTORS)}, or your module:callable; several, separated by "
        f"commas, are tried in this order ({faces})",
    )
    parser.add_argument("--weights", type=Path, help="model file of the detector, for --faces yunet")
    parser.add_argument("--margin", type=number(0, 2), default=0.1, help="share of the face box added on every side (0.1)")
    parser.add_argument("--no-thumbnails", dest="thumbnails", action="store_false", help="no faces in the report")


def usable_cores() -> int:
    """Return the number of cores that this process may use; a scheduler may limit them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, MOST_WORKERS)


def run(args: Namespace, archive: DataSet, places: Places, lists: Path | None = None) -> int:
    """Convert, or print the plan.

    Args:
        args: With the arguments of :func:`add_arguments`.
        archive: The data set.
        places: Input and output folders.
        lists: Folder of the authors' lists.

    Returns:
        0 if all recordings were converted, 1 if some were not and are listed, 130 if interrupted.

    Raises:
        ValueError, ImportError, OSError, RuntimeError: The conversion could not start, or had to stop.
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
