# SPDX-License-Identifier: Apache-2.0
"""Pack a data root into one file, for file systems that are slow with many small files.

flip_mm pack data/MCIO data/MCIO_packed
flip_mm train flip_mcl_p1 --target O --data-root data/MCIO_packed

The packed data root gives the same samples, bit for bit. See docs/packed_data.md
"""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path

from flip_mm.apis.arguments import import_modules, integer

from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("root", metavar="DATA_ROOT", type=Path, help="data root: the folder with frame/ and txt/")
    parser.add_argument("out", metavar="OUT", type=Path, help="packed data root to write; it must not exist")
    parser.add_argument(
        "--all", dest="all_images", action="store_true", help="pack every image under frame/, not only those that lists name"
    )
    parser.add_argument(
        "--import", dest="modules", nargs="+", default=[], metavar="MODULE", help="modules that register your data sets"
    )
    parser.add_argument("--workers", type=integer(1, 256), default=8, help="threads that read files (8)")
    return parser.parse_args()


def main() -> None:
    """Pack."""
    args = parse_args()
    import_modules(args.modules)
    from flip_mm.preparation.pack import pack, unknown_lists
    from flip_mm.utils.text import first_few

    start = time.time()
    packed = pack(args.root, args.out, args.all_images, args.workers)
    continued = f", {packed.continued} of them by an earlier, interrupted packing" if packed.continued else ""
    print(f"{packed.images} images, {packed.size / 1e6:.1f} MB in {args.out} ({time.time() - start:.0f} s{continued})")
    if unknown := unknown_lists(args.root):
        print(f"Lists of no known data set, whose images were left out: {first_few(unknown)}. --import names their modules.")
