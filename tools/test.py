# SPDX-License-Identifier: Apache-2.0
"""Evaluate a checkpoint: figures, ROC and score histogram.

python tools/test.py configs/flip_mcl_p1.py work_dirs/flip_mcl_p1/O_seed0/best_target_HTER_iter_1200.pth
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmengine.runner import Runner

import flip_mm  # noqa: F401  its mends must be in place before a config is read
from flip_mm.apis import add_common_arguments, check_work_dir, load_config, lock_work_dir, run_main


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Evaluate a checkpoint")
    add_common_arguments(parser)
    parser.add_argument("checkpoint", help="path of a checkpoint that tools/train.py wrote")
    return parser.parse_args()


def main() -> None:
    """Evaluate."""
    args = parse_args()
    if not Path(args.checkpoint).is_file():
        raise FileNotFoundError(f"No checkpoint at '{args.checkpoint}'.")
    cfg = load_config(args)
    cfg.load_from = args.checkpoint
    check_work_dir(cfg)
    with lock_work_dir(cfg, "test"):
        Runner.from_cfg(cfg).test()


if __name__ == "__main__":
    sys.exit(run_main(main))
