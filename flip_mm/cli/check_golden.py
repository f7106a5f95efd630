# SPDX-License-Identifier: Apache-2.0
"""Compare a method with a file of golden values, measured on its authors' code.

The models are built from config dicts and run by the code that trains them, with weights and inputs from a formula. Prints
every quantity with its error and its tolerance; the exit code is 1 if one is above its tolerance.

flip_mm check-golden tests/data/flip_a.json
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("file", type=Path, help="JSON file of golden values")
    parser.add_argument("--part", nargs="+", metavar="PART", help="only these parts of the file")
    return parser.parse_args()


def main() -> int:
    """Print the comparison and return the exit code."""
    args = parse_args()
    from flip_mm.apis import check_input

    check_input(args.file, "file")
    import torch
    from mmengine.registry import init_default_scope

    import flip_mm.register
    from flip_mm.golden.files import check, parts, read

    data = read(args.file)
    present = parts(data)
    chosen = args.part or present
    if unknown := set(chosen) - {*present}:
        raise ValueError(f"--part: '{args.file}' has no part {', '.join(sorted(unknown))}; it has {', '.join(present)}.")
    torch.set_num_threads(1)
    init_default_scope("mmpretrain")
    rows = [row for part in chosen for row in check(part, data)]
    for row in rows:
        print(f"{'ok ' if row.ok else 'OFF'}  {row.error:9.2e} <= {row.tolerance:.0e}  {row.name}")
    off = sum(not row.ok for row in rows)
    print(f"{len(rows) - off} of {len(rows)} quantities within tolerance (flip_mm {flip_mm.__version__})")
    return int(off > 0 or not rows)
