# SPDX-License-Identifier: Apache-2.0
"""Train a model.

python tools/train.py configs/flip_mcl_p1.py --target O
"""

from __future__ import annotations

import argparse
import sys

import torch
from mmengine.config import Config

import flip_mm  # noqa: F401  its mends must be in place before a config is read
from flip_mm.apis import add_common_arguments, check_inputs, load_config, run, run_main
from flip_mm.config_checks.training_checks import check_training


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Train a model")
    add_common_arguments(parser)
    parser.add_argument(
        "--resume", nargs="?", const="auto", help="go on from this checkpoint, or from the work dir's latest one"
    )
    parser.add_argument("--amp", action="store_true", help="train in mixed precision (float16 on a GPU, bfloat16 on the CPU)")
    parser.add_argument("--no-validate", action="store_true", help="do not evaluate during training")
    parser.add_argument(
        "--auto-scale-lr",
        action="store_true",
        help="scale the learning rate with batch size and number of processes",
    )
    args = parser.parse_args()
    if args.resume == "":
        parser.error("argument --resume: the name is empty; give a checkpoint, or --resume alone for the work dir's latest one")
    return args


def merge_args(cfg: Config, args: argparse.Namespace) -> Config:
    """Apply the arguments that only training has."""
    checkpoint = (cfg.get("default_hooks") or {}).get("checkpoint") or {}
    validation = (cfg.get("val_dataloader") or {}).get("dataset") or {}
    if (validation.get("run") or {}).get("holdout") and checkpoint.get("save_best") == "target/HTER":
        checkpoint["save_best"] = ["target/HTER", "dev/HTER"]
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        checkpoint["save_best"] = checkpoint["rule"] = None
    if args.amp:
        if torch.cuda.is_available():
            cfg.optim_wrapper.type = "AmpOptimWrapper"
            cfg.optim_wrapper.setdefault("loss_scale", "dynamic")
        else:
            cfg.optim_wrapper.type = "Bf16OptimWrapper"
    if args.resume:
        cfg.resume = True
        cfg.load_from = None if args.resume == "auto" else args.resume
    if args.auto_scale_lr:
        if not cfg.get("auto_scale_lr"):
            raise ValueError("--auto-scale-lr: the config has no auto_scale_lr = dict(base_batch_size=...), the reference.")
        cfg.auto_scale_lr.enable = True
    return cfg


def main() -> None:
    """Train."""
    args = parse_args()
    cfg = merge_args(load_config(args, ("model", "train_dataloader", "optim_wrapper", "train_cfg")), args)
    check_training(cfg)
    check_inputs(cfg)
    run(cfg, "train")


if __name__ == "__main__":
    sys.exit(run_main(main))
