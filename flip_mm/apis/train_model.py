# SPDX-License-Identifier: Apache-2.0
"""Train the model of a config."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from mmengine.config import Config

import flip_mm.register  # noqa: F401  before a config is read
from flip_mm.config_checks.check_config import PREVIOUS_STAGE
from flip_mm.config_checks.common_run import is_fas
from flip_mm.config_checks.training_checks import check_training
from flip_mm.datasets.protocols import SPLITS
from flip_mm.engine.checks.resume_choice import candidates
from flip_mm.engine.mixed_precision import set_mixed_precision

from .inputs import check_inputs
from .processes import is_first
from .run_config import load_config
from .work_dir import run


def train_model(args: Namespace) -> Config:
    """Train.

    Args:
        args: What ``flip_mm train`` reads from its command line.

    Returns:
        The config, with the chosen run and work dir.
    """
    cfg = merge_args(load_config(args, ("model", "train_dataloader", "optim_wrapper", "train_cfg")), args)
    check_training(cfg)
    _check_previous_stage(cfg)
    # The targets of a training that evaluates none may be on another machine.
    check_inputs(cfg, tuple(SPLITS)[:2] if args.validate == "dev" else tuple(SPLITS))
    run(cfg, "train")
    return cfg


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
    if args.resume != "auto" or not cfg.get("load_from") or candidates(Path(cfg.work_dir)):
        return False
    if is_first(args.launcher):
        print(f"--resume: {cfg.work_dir} contains no checkpoint, training starts at iteration 0 from {cfg.load_from}.")
    return True


def _check_previous_stage(cfg: Config) -> None:
    """Refuse to train the second stage of a method without the first one."""
    name = cfg.get(PREVIOUS_STAGE)
    if name and not cfg.get("load_from") and not (cfg.get("resume") and candidates(Path(cfg.work_dir))):
        raise ValueError(
            f"{cfg.filename}: {PREVIOUS_STAGE}='{name}' is trained first: use `flip_mm run {cfg.filename}`, which trains all "
            "stages, or give the checkpoint of that stage by --cfg-options load_from=PATH."
        )
