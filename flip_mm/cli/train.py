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
from flip_mm.datasets.protocols import SPLITS
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
    validation = parser.add_mutually_exclusive_group()
    validation.add_argument("--no-validate", action="store_true", help="do not evaluate during training")
    validation.add_argument(
        "--validate",
        choices=["all", "dev"],
        default="all",
        help="what is evaluated during training: all (default), or dev, only the held-out source videos of --holdout: no image "
        "of the target is read, and the best checkpoint is the best one on them",
    )
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
    if args.validate == "dev":
        _validate_on_dev(cfg, checkpoint)
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


def _validate_on_dev(cfg: Config, checkpoint: dict) -> None:
    """Evaluate only the held-out source videos, and choose the best checkpoint by them."""
    from flip_mm.config_checks.common_run import is_fas

    dataset = (cfg.get("val_dataloader") or {}).get("dataset") or {}
    if not is_fas(dataset) or not (dataset.get("run") or {}).get("holdout"):
        raise ValueError(
            "--validate dev evaluates held-out source videos, and this run has none: add --holdout 0.1, which takes 10 % of "
            "the source videos out of the training."
        )
    dataset["roles"] = ["dev"]
    best = checkpoint.get("save_best")
    names = [best] if isinstance(best, str) else best or []
    chosen = list(dict.fromkeys(name.replace("target/", "dev/") for name in names))
    if chosen:
        checkpoint["save_best"] = chosen[0] if len(chosen) == 1 else chosen


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
    # The targets of a training that evaluates none may be on another machine.
    check_inputs(cfg, tuple(SPLITS)[:2] if args.validate == "dev" else tuple(SPLITS))
    run(cfg, "train")
