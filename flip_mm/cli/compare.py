# SPDX-License-Identifier: Apache-2.0
"""Compare results with the published ones: differences, and what differs from the published recipe.

flip_mm compare work_dirs/flip_mcl_p1
flip_mm compare work_dirs --format markdown
flip_mm compare work_dirs/mine --reference flip_mcl_p1

It reads the records of trainings and tests only. docs/reproduction.md explains the report.
"""

from __future__ import annotations

from argparse import Namespace

from flip_mm.apis.arguments import nonempty

from .parser import Parser

FORMATS = ("terminal", "markdown", "json")


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument(
        "places", nargs="+", type=nonempty, metavar="WORKDIR", help="record.json, or a folder with such files below it"
    )
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="terminal (default), markdown or json")
    parser.add_argument(
        "--reference",
        type=nonempty,
        metavar="CONFIG",
        help="shipped config with the published results to compare with, e.g. flip_mcl_p1; default: by the name of the config, "
        "or by its head and protocol",
    )
    return parser.parse_args()


def main() -> None:
    """Print the report."""
    args = parse_args()
    from flip_mm.apis.published_recipe import published_recipe
    from flip_mm.reproduction.compare import compare
    from flip_mm.reproduction.report_text import FORMATS as WRITERS

    print(WRITERS[args.format](compare(*args.places, settings_of=published_recipe, reference=args.reference or "")))
