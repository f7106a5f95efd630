# SPDX-License-Identifier: Apache-2.0
"""Convert your data set, described by a CSV file: frames, lists, and the code to register it.

flip_mm convert generic own/list.csv data/MCIO --domain MINE

The first line of the CSV file has the columns path and label, and optionally subject, attack_type, split, domain, video;
see docs/new_data.md.
"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .converter import add_arguments, run
from .parser import Parser

if TYPE_CHECKING:
    from flip_mm.datasets.archive import Scan


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("csv", metavar="CSV", type=Path, help="the recordings, one per line")
    add_arguments(parser, faces="mtcnn")
    parser.add_argument("--domain", help="name of the data set, for --target; needed without a column domain")
    parser.add_argument("--root", type=Path, help="folder that contains all paths (folder of the CSV file)")
    return parser.parse_args()


def convert(args: Namespace) -> int:
    """Convert each domain of the file, and return the exit code of :func:`~flip_mm.cli.converter.run`."""
    from flip_mm.datasets import register_domain
    from flip_mm.datasets.archive import Scan
    from flip_mm.datasets.protocols import DOMAINS
    from flip_mm.datasets.sets import DATA_SETS
    from flip_mm.preparation.csv_table import scan_csv
    from flip_mm.preparation.generic_registration import domains_of, registration_code
    from flip_mm.preparation.places import Places, is_usable

    root = args.root or args.csv.parent
    if not root.is_dir():
        raise NotADirectoryError(f"--root '{root}' is no folder: give the folder that contains the paths of the CSV file.")
    scan = scan_csv(args.csv, args.domain, root)
    _check_sources(scan, root, args.out)
    result, places = 0, []
    for name, stem, frames in domains_of(scan.recordings):
        if name not in DOMAINS:
            register_domain(name, stem, frames)
        subset = Scan([recording for recording in scan.recordings if recording.domain == name], notes=scan.notes)
        archive = replace(DATA_SETS[name], scan=lambda _, subset=subset: subset)
        places.append(Places(root, args.out, name, nested=True))
        result = max(result, run(args, archive, places[-1]))
    if not args.dry_run and all(map(is_usable, places)):
        print("To train and test on it, put this code into a module, and add the module to custom_imports in the config:\n")
        print(registration_code(scan.recordings))
    return result


def _check_sources(scan: Scan, root: Path, out: Path) -> None:
    """Refuse recordings in the output folder."""
    inside = [r.source for r in scan.recordings if out.resolve() in (root / r.source).resolve().parents]
    if inside:
        raise ValueError(f"{len(inside)} recordings are in OUT '{out}', such as '{inside[0]}'. Choose another OUT.")
