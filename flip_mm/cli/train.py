# SPDX-License-Identifier: Apache-2.0
"""Train a model.

flip_mm train flip_mcl_p1 --target O
flip_mm train flip_mcl_p1 --protocol p3 --source C --target I
"""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from flip_mm.apis.processes import is_first
from flip_mm.utils.shipped import config_file

from .answers import OPTIONS
from .config_arguments import add_common_arguments, evaluator_without_effect
from .parser import Parser

if TYPE_CHECKING:
    from mmengine.config import Config


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__, OPTIONS["train"])
    add_common_arguments(parser)
    parser.add_argument(
        "--resume", nargs="?", const="auto", help="continue from this checkpoint, or from the work dir's latest one"
    )
    parser.add_argument("--amp", action="store_true", help="train in mixed precision: bfloat16, or float16 on a GPU without it")
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


def merge_args(cfg: Config, args: Namespace) -> Config:
    """Apply the arguments that exist only for training."""
    checkpoint = (cfg.get("default_hooks") or {}).get("checkpoint") or {}
    validation = (cfg.get("val_dataloader") or {}).get("dataset") or {}
    if (validation.get("run") or {}).get("holdout") and checkpoint.get("save_best") == "target/HTER":
        checkpoint["save_best"] = ["target/HTER", "dev/HTER"]
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        checkpoint["save_best"] = checkpoint["rule"] = None
    if args.amp:
        from flip_mm.engine.mixed_precision import set_mixed_precision

        set_mixed_precision(cfg.optim_wrapper)
    if args.resume and not _starts_again(cfg, args):
        cfg.resume = True
        cfg.load_from = None if args.resume == "auto" else args.resume
    if args.auto_scale_lr:
        if not cfg.get("auto_scale_lr"):
            raise ValueError("--auto-scale-lr: the config has no auto_scale_lr = dict(base_batch_size=...), the reference.")
        cfg.auto_scale_lr.enable = True
    return cfg


def _starts_again(cfg: Config, args: Namespace) -> bool:
    """Whether the work dir has no checkpoint and the config has load_from: the job was killed before its first checkpoint."""
    from flip_mm.engine.checks.resume_choice import candidates

    if args.resume != "auto" or not cfg.get("load_from") or candidates(Path(cfg.work_dir)):
        return False
    if is_first(args.launcher):
        print(f"--resume: {cfg.work_dir} contains no checkpoint, training starts at iteration 0 from {cfg.load_from}.")
    return True


def main() -> None:
    """Train."""
    args = parse_args()
    config_file(args.config)
    import flip_mm.register  # noqa: F401  before a config is read
    from flip_mm.apis import check_inputs, load_config, run
    from flip_mm.config_checks.training_checks import check_training

    cfg = merge_args(load_config(args, ("model", "train_dataloader", "optim_wrapper", "train_cfg")), args)
    unused = evaluator_without_effect(args.cfg_options, "val_evaluator", "test_evaluator")
    if unused and is_first(cfg.launcher):
        print(f"Warning: {unused}, or give it to the test.", file=sys.stderr)
    check_training(cfg)
    check_inputs(cfg)
    run(cfg, "train")
