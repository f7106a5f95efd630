# SPDX-License-Identifier: Apache-2.0
"""Show what trainings have learnt: attention, mistakes, embeddings, curves of each domain, gap between sources and target.

flip_mm analyze work_dirs/flip_mcl_demo/O_no-aux_seed0
flip_mm analyze work_dirs/flip_mcl_demo/O_* --checkpoint last --images 100 --out analysis

A run is the work dir of a training. The folder gets index.html, PNG and PDF of each picture, and CSV files of all numbers.
docs/analysis.md says what they mean.
"""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace

from flip_mm.apis.arguments import integer, nonempty, number

from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("runs", nargs="+", type=nonempty, metavar="RUN", help="work dir of a training")
    parser.add_argument(
        "--checkpoint",
        type=nonempty,
        default="best",
        metavar="FILE",
        help="'best' (default), 'last', or a file in the work dir",
    )
    parser.add_argument("--data-root", type=nonempty, metavar="DIR", help="folder of the data set, instead of the config's")
    parser.add_argument("--images", type=integer(2), default=200, metavar="N", help="images of each domain and class (200)")
    parser.add_argument("--seed", type=integer(0, 2**32 - 1), default=0, help="seed of all draws and of t-SNE (0)")
    parser.add_argument(
        "--threshold",
        type=_threshold,
        default="paper",
        help="'paper' (default): fitted on the target; 'dev': on held-out source videos; or a number in 0..1.1",
    )
    parser.add_argument("--device", type=nonempty, default="cpu", help="cpu, cuda ... (cpu)")
    parser.add_argument("--out", type=nonempty, default="analysis", metavar="DIR", help="folder to write into (analysis)")
    return parser.parse_args()


def _threshold(text: str) -> str | float:
    if text in ("paper", "dev"):
        return text
    try:
        return number(0, 1.1)(text)
    except ArgumentTypeError as error:
        raise ArgumentTypeError(f"expected 'paper', 'dev' or a number: {error}") from error


def main() -> None:
    """Analyse."""
    args = parse_args()
    from flip_mm.analysis import AnalysisOptions, analyze

    options = AnalysisOptions(args.images, args.seed, args.threshold, args.device)
    print(analyze(args.runs, args.out, args.checkpoint, args.data_root, options)[0])
