# SPDX-License-Identifier: Apache-2.0
"""Read the images of a data root in random order, without decoding: from files, and from a packed data root.

python tools/benchmarks/packed_data.py
python tools/benchmarks/packed_data.py --folder /mnt/nfs

On a local disk all files are in the page cache, so the time of the disk is not measured.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

from _harness import add_arguments, compare, write_json

from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser
from flip_mm.datasets.image_source import image_prefix, names_in, read_image_file
from flip_mm.preparation.pack import listed_images, pack
from flip_mm.synthetic.writer import write_dataset


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_arguments(parser, turns=20)
    parser.add_argument("--folder", type=Path, help="where to write the files (a temporary folder)")
    parser.add_argument("--videos", type=integer(1), default=20, help="real videos per domain of the synthetic set (20)")
    return parser.parse_args()


def main() -> None:
    """Measure."""
    args = parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        root, packed = Path(folder, "files"), Path(folder, "packed")
        write_dataset(root, videos=args.videos, size=112, seed=0, workers=os.cpu_count() or 1)
        pack(root, packed)
        required, optional = listed_images(root)
        files = sorted(required | optional)
        random.Random(0).shuffle(files)
        folders = {file.rpartition("/")[0] for file in files}
        prefixes = image_prefix(root), image_prefix(packed)

        def read(prefix: str) -> int:
            return sum(len(read_image_file(prefix + file)) for file in files)

        def check(prefix: str) -> int:
            return sum(1 for part in folders for _ in names_in(prefix + part))

        names = ("files", "pack")
        ways = {name: (lambda prefix=prefix: read(prefix)) for name, prefix in zip(names, prefixes, strict=True)}
        plain = {"plain": lambda: sum(len(Path(prefixes[0], file).read_bytes()) for file in files)}
        results = compare("read images", plain | ways, len(files), "images", args.turns)
        ways = {name: (lambda prefix=prefix: check(prefix)) for name, prefix in zip(names, prefixes, strict=True)}
        results += compare("list images", ways, len(files), "images", args.turns)
    write_json(args.json, results)


if __name__ == "__main__":
    sys.exit(run_main(main))
