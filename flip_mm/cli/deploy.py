# SPDX-License-Identifier: Apache-2.0
"""Keep only the weights that a prediction needs: no optimizer; for FLIP two class embeddings instead of the text tower.

flip_mm deploy flip_mcl_p1 work_dirs/flip_mcl_p1/O_seed0/iter_4000.pth out.pth
flip_mm test flip_mcl_p1 out.pth --cfg-options model.deploy=True
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from flip_mm.apis.arguments import check_input, check_new_file, output_file
from flip_mm.utils.shipped import config_file

from .config_arguments import add_data_arguments
from .parser import Parser

# Fields of meta that tools/test.py compares with its config.
KEPT = ("dataset_meta", "quick_gelu", "iter", "seed", "weights", "config_file", "flip_mm")


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_data_arguments(parser)
    parser.add_argument("checkpoint", type=Path, help="checkpoint that tools/train.py wrote")
    parser.add_argument("out", type=output_file, help="file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace the file to write")
    return parser.parse_args()


def main() -> None:
    """Write the file."""
    args = parse_args()
    config_file(args.config)
    check_input(args.checkpoint, "checkpoint")
    check_new_file(args.out, args.overwrite, args.checkpoint)
    from mmengine.runner import save_checkpoint

    from flip_mm import __version__
    from flip_mm.apis import load_config
    from flip_mm.apis.trained_model import build_trained, read_checkpoint

    state, found = read_checkpoint(args.checkpoint)
    if found.get("deployed_by"):
        raise ValueError(
            f"'{args.checkpoint}' is already a deployed model: test it; for FLIP add --cfg-options model.deploy=True."
        )
    model = build_trained(load_config(args), args.checkpoint, state, found, args.config)
    trained = sum(p.numel() for p in model.parameters())
    if hasattr(model, "switch_to_deploy"):
        model.switch_to_deploy()
    meta = {key: value for key, value in found.items() if key in KEPT}
    meta |= dict(deployed_by=f"flip_mm {__version__}", prompts=getattr(getattr(model, "head", None), "prompts", None))
    save_checkpoint(dict(meta=meta, state_dict=model.state_dict()), str(args.out), backend_args=dict(backend="durable"))
    left = sum(p.numel() for p in model.parameters())
    print(f"{args.out}: {left / 1e6:.1f} of {trained / 1e6:.1f} million parameters, {args.out.stat().st_size / 2**20:.0f} MiB")
