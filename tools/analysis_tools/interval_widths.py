# SPDX-License-Identifier: Apache-2.0
"""Print what test sets of given sizes can tell: half widths of the 95 % intervals of HTER, and visible differences.

Without sizes it uses those of the published test lists:

python tools/analysis_tools/interval_widths.py
python tools/analysis_tools/interval_widths.py mine=300/900 --rates 0.01 0.05
"""

import sys
from argparse import ArgumentTypeError, Namespace

from flip_mm.apis import run_main
from flip_mm.apis.arguments import number
from flip_mm.cli.parser import Parser
from flip_mm.datasets.sets import DATA_SETS

# Real and attack videos of the published test lists. Those of W and CeFA have several frames of a video.
VIDEOS = {"W": (347, 548), "CeFA": (300, 900)}
LINES = {name: DATA_SETS[name].lines for name in ("M", "C", "I", "O", "W", "CeFA", "S")}
PUBLISHED = {name: VIDEOS.get(name, (own["real_test"], own["fake_test"])) for name, own in LINES.items()}


def size(text: str) -> tuple[str, tuple[int, int]]:
    """Read ``NAME=REAL/SPOOF``."""
    name, _, counts = text.partition("=")
    real, _, spoof = counts.partition("/")
    if not (name and real.isdecimal() and spoof.isdecimal() and int(real) and int(spoof)):
        raise ArgumentTypeError(f"'{text}' must be NAME=REAL/SPOOF with numbers of videos above 0, such as M=60/200")
    return name, (int(real), int(spoof))


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("sizes", nargs="*", type=size, metavar="NAME=REAL/SPOOF", help="test sets (the published ones)")
    parser.add_argument("--rates", nargs="+", type=number(0.001, 0.4), default=[0.02, 0.05, 0.1], help="HTER (0.02 0.05 0.1)")
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    args = parse_args()
    from flip_mm.evaluation.resolution import bootstrap_half_width, hter_deviation, visible_difference
    from flip_mm.evaluation.uncertainty import wilson
    from flip_mm.utils.table_text import markdown_lines

    head = ["test set", "real / attack", "0 errors: BPCER, APCER up to", "HTER", "half width, fixed threshold"]
    head += ["bootstrap, fixed", "bootstrap, paper", "visible difference", "with correlation 0.5"]
    rows = [head]
    for name, (real, spoof) in dict(args.sizes or PUBLISHED.items()).items():
        zero = f"{100 * wilson(0, real)[1]:.1f}, {100 * wilson(0, spoof)[1]:.1f}"
        for rate in args.rates:
            found = [1.96 * hter_deviation(rate, real, spoof)]
            found += [bootstrap_half_width(rate, real, spoof, fixed) for fixed in (True, False)]
            found += [visible_difference(rate, real, spoof, correlation) for correlation in (0, 0.5)]
            rows.append([name, f"{real} / {spoof}", zero, f"{100 * rate:g}", *(f"{100 * value:.1f}" for value in found)])
    print("\n".join(markdown_lines(rows)))


if __name__ == "__main__":
    sys.exit(run_main(main))
