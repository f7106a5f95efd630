# SPDX-License-Identifier: Apache-2.0
"""Draw the synthetic data set, in the layout of the official release.

python tools/dataset_converters/make_synthetic.py --out data/demo --layout MCIO
python tools/dataset_converters/make_synthetic.py --out data/demo_wcs --layout WCS
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

from flip_mm.apis import run_main, whole
from flip_mm.datasets.protocols import LAYOUTS
from flip_mm.synthetic.writer import MARKER, planned_files, settings, write_dataset

# OULU's names have two digits for the subject, with two real videos each; CeFA's have two within a hundred, with one.
MAX_VIDEOS = {"MCIO": 190, "WCS": 99}
# WCS has up to ten images per video.
DEFAULT_VIDEOS = {"MCIO": 60, "WCS": 30}


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write; the configs' data_root")
    parser.add_argument(
        "--layout", choices=list(MAX_VIDEOS), default="MCIO", help="which data sets: MCIO or WMCA, CeFA, SURF (MCIO)"
    )
    parser.add_argument("--videos", type=whole(5), help="real videos per domain, with twice as many attacks (MCIO 60, WCS 30)")
    parser.add_argument("--size", type=whole(32, 1024), default=112, help="side of the images in pixels (112)")
    parser.add_argument("--seed", type=whole(0, 2**31), default=0, help="same seed, same files (0)")
    parser.add_argument("--workers", type=whole(1, 256), default=os.cpu_count(), help="processes (all cores)")
    parser.add_argument("--overwrite", action="store_true", help="replace a synthetic set that stands in the folder")
    args = parser.parse_args()
    if args.videos is None:
        args.videos = DEFAULT_VIDEOS[args.layout]
    if args.videos > MAX_VIDEOS[args.layout]:
        parser.error(f"argument --videos: must be in 5..{MAX_VIDEOS[args.layout]} for {args.layout}, got {args.videos}")
    return args


def main() -> None:
    """Draw the set unless it is there.

    Raises:
        FileExistsError: The folder holds something else.
    """
    args = parse_args()
    wanted, found = settings(args.layout, args.videos, args.size, args.seed), _read_marker(args.out / MARKER)
    if found == wanted and not args.overwrite:
        print(f"{args.out} holds this synthetic set already.")
        return
    if problem := _obstacle(args.out, found, args.overwrite):
        raise FileExistsError(f"{args.out} {problem}")
    if args.out.is_dir():
        shutil.rmtree(args.out)
    start = time.time()
    total = write_dataset(args.out, args.videos, args.size, args.seed, args.workers, args.layout)
    print(f"{total} images in {args.out} ({time.time() - start:.0f} s)")


def _read_marker(path: Path) -> dict | None:
    """The settings that a finished or interrupted set was drawn with; None where the file is missing or something else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    known = isinstance(content, dict) and content.keys() == settings("", 0, 0, 0).keys() and content["layout"] in LAYOUTS
    return content if known else None


def _obstacle(out: Path, found: dict | None, overwrite: bool) -> str:
    """Why nothing may be written into ``out``; empty where it may. Only what this tool wrote is ever deleted."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        return "is a link or a file: choose another --out."
    if not out.is_dir() or not any(out.iterdir()):
        return ""
    drawn = found or _read_marker(out / f"{MARKER}.part")
    if not drawn:
        return "is not empty: choose another --out."
    own = planned_files(drawn["layout"], drawn["videos"], drawn["seed"])
    strangers = sorted(str(path.relative_to(out)) for path in out.rglob("*") if not path.is_dir())
    strangers = [name for name in strangers if Path(name).as_posix() not in own]
    if strangers:
        return f"holds files that are not of the synthetic set ({', '.join(strangers[:3])}): choose another --out."
    if found and not overwrite:
        return "holds a synthetic set with other settings, --overwrite replaces it."
    return ""


if __name__ == "__main__":
    sys.exit(run_main(main))
