# SPDX-License-Identifier: Apache-2.0
"""Convert the original archive of a data set to frames and lists.

flip_mm convert oulu_npu /archives/OULU-NPU data/MCIO
flip_mm convert generic own/list.csv data/MCIO --domain MINE
"""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from flip_mm.datasets.sets import ARCHIVES
from flip_mm.utils.nearest import did_you_mean

from . import convert_generic
from .converter import add_arguments, run
from .parser import Parser

NAMES = [*ARCHIVES, "generic"]


def parse_args(name: str | None = None) -> Namespace:
    """Read the command line.

    Args:
        name: One of :data:`NAMES`; None if it is the first argument.
    """
    if name is None:
        name = sys.argv[1] if len(sys.argv) > 1 else ""
        if name not in NAMES:
            return _refuse()
        sys.argv = [f"{sys.argv[0]} {name}", *sys.argv[2:]]
    if name == "generic":
        return convert_generic.parse_args()
    archive = ARCHIVES[name]
    parser = Parser(
        f"{archive.title}: convert the archive to frames and lists of domain {archive.domain}.\n\n"
        f"Expects\n\n{archive.layout}\n\n{archive.official}"
    )
    parser.add_argument("raw", metavar="RAW", type=Path, help="folder of the unpacked archives; it is not changed")
    add_arguments(parser, archive.faces)
    parser.add_argument("--lists", type=Path, help="folder of the authors' lists, to use them unchanged")
    parser.set_defaults(name=name)
    return parser.parse_args()


def main(name: str | None = None) -> int:
    """Convert, and return the exit code of :func:`~flip_mm.cli.converter.run`."""
    args = parse_args(name)
    if "name" not in args:
        return convert_generic.convert(args)
    from flip_mm.preparation.places import Places

    archive = ARCHIVES[args.name]
    return run(args, archive, Places(args.raw, args.out, archive.domain), args.lists)


def _refuse() -> Namespace:
    """Without the name of a converter print the help, or an error."""
    wide = max(map(len, NAMES)) + 2
    titles = "\n".join(f"  {name:<{wide}}{archive.title}" for name, archive in ARCHIVES.items())
    generic = f"  {'generic':<{wide}}your recordings, listed in a CSV file"
    parser = Parser(
        f"{__doc__.strip()}\n\n`flip_mm convert NAME --help` explains a converter. NAME is one of\n\n{titles}\n{generic}"
    )
    parser.add_argument("name", metavar="NAME", help="name of the converter")
    parser.add_argument("arguments", metavar="ARGUMENTS", nargs="...", help="arguments of the converter, usually RAW OUT")
    args = parser.parse_args()
    parser.error(f"there is no converter '{args.name}'{did_you_mean(args.name, NAMES, most=1)} Choose from {', '.join(NAMES)}")
