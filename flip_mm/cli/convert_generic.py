# SPDX-License-Identifier: Apache-2.0
"""A data set of your own, described by a CSV file: frames and lists, and what registers it.

flip_mm convert generic my.csv data/mine --domain MINE

The first line of the CSV file names the columns path and label, and if wanted subject, attack_type, split, domain, video;
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
    parser.add_argument("csv", metavar="CSV", type=Path, help="what there is, one recording per line")
    add_arguments(parser, faces="mtcnn")
    parser.add_argument("--domain", help="name of the data set, as --target takes it, where no column domain tells")
    parser.add_argument("--root", type=Path, help="folder that the paths start from and stay in (the CSV file's)")
    return parser.parse_args()


def convert(args: Namespace) -> int:
    """Convert each domain of the file; returns what the converters of archives return."""
    from flip_mm.datasets import register_domain
    from flip_mm.datasets.archive import Scan
    from flip_mm.datasets.protocols import DOMAINS
    from flip_mm.datasets.sets import DATA_SETS
    from flip_mm.preparation.csv_table import scan_csv
    from flip_mm.preparation.generic_registration import domains_of, registration_code
    from flip_mm.preparation.places import Places, is_usable

    root = args.root or args.csv.parent
    if not root.is_dir():
        raise NotADirectoryError(f"--root '{root}' is no folder: give the one that the paths of the CSV file start from.")
    found = scan_csv(args.csv, args.domain, root)
    _check_sources(found, root, args.out)
    result, places = 0, []
    for name, stem, frames in domains_of(found.recordings):
        if name not in DOMAINS:
            register_domain(name, stem, frames)
        own = Scan([recording for recording in found.recordings if recording.domain == name], notes=found.notes)
        archive = replace(DATA_SETS[name], scan=lambda _, own=own: own)
        places.append(Places(root, args.out, name, nested=True))
        result = max(result, run(args, archive, places[-1]))
    if not args.dry_run and all(map(is_usable, places)):
        print("To train and test on it, put this into a module that the config names in custom_imports:\n")
        print(registration_code(found.recordings))
    return result


def _check_sources(found: Scan, root: Path, out: Path) -> None:
    """Refuse to read what the converter writes."""
    inside = [r.source for r in found.recordings if out.resolve() in (root / r.source).resolve().parents]
    if inside:
        raise ValueError(f"{len(inside)} recordings lie in OUT '{out}', among them '{inside[0]}'. Choose another OUT.")
