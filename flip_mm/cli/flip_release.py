# SPDX-License-Identifier: Apache-2.0
"""Convert a checkpoint of the official FLIP release to flip_mm's format, or back; the file decides the direction.

flip_mm flip_release flip_mcl_oulu.pth.tar flip_mcl_O.pth --protocol p1 --target O
flip_mm test flip_mcl_p1 flip_mcl_O.pth --target O
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from flip_mm.apis.arguments import check_input, check_new_file, integer, output_file
from flip_mm.datasets.protocols import RUNS, get_run

from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("source", type=Path, help="checkpoint of the official release, or of flip_mm")
    parser.add_argument("out", type=output_file, help="file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace the file to write")
    run = parser.add_argument_group("run", "run of the training, for a checkpoint of the release; tools/test.py checks it")
    run.add_argument("--protocol", choices=list(RUNS), help="p1, ...")
    run.add_argument("--target", help="domain that was not in the training, e.g. O")
    run.add_argument("--source-domain", help="source domain, for protocols with several runs per target")
    run.add_argument("--shots", type=integer(0), help="target videos per class in the training (0)")
    args = parser.parse_args()
    if (args.protocol is None) != (args.target is None):
        parser.error("--protocol and --target must be given together.")
    if args.protocol is None and (args.source_domain is not None or args.shots is not None):
        parser.error("--source-domain and --shots need --protocol and --target.")
    return args


def main() -> None:
    """Convert."""
    args = parse_args()
    check_input(args.source, "source")
    check_new_file(args.out, args.overwrite, args.source)
    chosen = dict(protocol=args.protocol, target=args.target, source=args.source_domain, shots=args.shots)
    run = {name: value for name, value in chosen.items() if value is not None}
    if run:
        get_run(**run)
    from mmengine.runner import save_checkpoint

    import flip_mm.register  # noqa: F401
    from flip_mm.apis.flip_release import convert
    from flip_mm.compat import load_checkpoint_file

    try:
        done, content = convert(load_checkpoint_file(args.source, "cpu"), args.source.expanduser(), run)
        save_checkpoint(content, str(args.out), backend_args=dict(backend="durable"))
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"{args.source} was not converted: {error}") from error
    print(f"{args.out}: {done} ({len(content['state_dict'])} tensors)")
    if "meta" in content and not run:
        print(
            "The file does not contain the training domains. With --protocol and --target it would, and a test on one of them "
            "would be refused."
        )
