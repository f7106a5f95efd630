# SPDX-License-Identifier: Apache-2.0
"""Evaluate a checkpoint: figures, ROC and score histogram.

python tools/test.py configs/flip_mcl_p1.py work_dirs/flip_mcl_p1/O_seed0/best_target_HTER_iter_1200.pth
"""

from __future__ import annotations

import argparse
import sys

import flip_mm  # noqa: F401  its mends must be in place before a config is read
from flip_mm.apis import add_common_arguments, check_inputs, load_config, named, run, run_main


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Evaluate a checkpoint")
    add_common_arguments(parser)
    parser.add_argument("checkpoint", nargs="+", type=named, help="path of a checkpoint that tools/train.py wrote")
    args = parser.parse_args()
    if len(args.checkpoint) > 1:
        # More than one comes of a pattern such as best_*.pth.
        parser.error(f"{len(args.checkpoint)} checkpoints are named, {', '.join(args.checkpoint)}: test one at a time")
    args.checkpoint = args.checkpoint[0]
    return args


def main() -> None:
    """Evaluate."""
    args = parse_args()
    cfg = load_config(args, ("model", "test_dataloader", "test_evaluator", "test_cfg"))
    cfg.load_from = args.checkpoint
    check_inputs(cfg, ("test_dataloader",))
    run(cfg, "test")


if __name__ == "__main__":
    sys.exit(run_main(main))
