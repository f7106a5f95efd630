# SPDX-License-Identifier: Apache-2.0
"""Command line arguments that training and testing share, and how they change a config."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch
from mmengine.config import Config, ConfigDict, DictAction

from flip_mm.datasets.protocols import get_run

LOADERS = ("train_dataloader", "val_dataloader", "test_dataloader")


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of both tools: MMPretrain's own, and which run of the protocol is meant."""
    parser.add_argument("config", help="path of the config file")
    parser.add_argument("--work-dir", help="folder of logs, plots and checkpoints (./work_dirs/<config>)")
    parser.add_argument("--data-root", help="folder of the data set, instead of the config's data/...")
    run = parser.add_argument_group("run", "which run of the protocol; without these the config's own")
    run.add_argument("--target", help="domain to test on, e.g. M, C, I or O for protocol 1")
    run.add_argument("--source", help="source domain, for protocols with several runs per target")
    run.add_argument("--shots", type=int, help="target videos per class that join training (0)")
    run.add_argument("--holdout", type=float, help="share of the source videos kept as development set (0)")
    parser.add_argument("--seed", type=int, help="seed of sampling, augmentation and initialisation (config: 0)")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=DictAction,
        help="settings to override, key=value with dots, e.g. model.backbone.arch=ViT-B-32 train_cfg.max_iters=10; "
        'lists as key="[a,b]"',
    )
    parser.add_argument("--launcher", choices=["none", "pytorch", "slurm", "mpi"], default="none", help="job launcher")
    parser.add_argument("--local_rank", "--local-rank", type=int, default=0, help=argparse.SUPPRESS)


def load_config(args: argparse.Namespace) -> Config:
    """Read the config and apply the common arguments.

    Args:
        args: What a parser with :func:`add_common_arguments` returned.

    Returns:
        The config, ready for ``Runner.from_cfg``.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: The run does not exist, or several processes are asked for where there is no GPU.
    """
    if not Path(args.config).is_file():
        raise FileNotFoundError(f"No config at '{args.config}'. The shipped ones are configs/flip_*.py.")
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    if args.launcher != "none" and not torch.cuda.is_available():
        raise ValueError(f"--launcher {args.launcher}: several processes need GPUs in this version, and none is visible.")
    cfg = Config.fromfile(args.config, lazy_import=False)
    cfg.launcher = args.launcher
    cfg.work_dir = args.work_dir or cfg.get("work_dir") or str(Path("work_dirs", Path(args.config).stem))
    if args.seed is not None:
        cfg.randomness.seed = args.seed
    _set_run(_loaders(cfg), args)
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    for loader in _loaders(cfg):
        _set_loader_defaults(loader)
    return cfg


def _loaders(cfg: Config) -> list[ConfigDict]:
    """The dataloaders that the config has."""
    return [cfg[name] for name in LOADERS if cfg.get(name)]


def _set_run(loaders: list[ConfigDict], args: argparse.Namespace) -> None:
    """Set run and data root in every dataloader, so that they cannot differ."""
    chosen = {k: v for k in ("target", "source", "shots", "holdout") if (v := getattr(args, k)) is not None}
    for loader in loaders:
        if chosen:
            loader.dataset.run = {**loader.dataset.run, **chosen}
            get_run(**loader.dataset.run)
        if args.data_root is not None:
            loader.dataset.data_root = args.data_root


def _set_loader_defaults(loader: dict) -> None:
    """Fill in what depends on the machine."""
    loader.setdefault("collate_fn", dict(type="default_collate"))
    loader.setdefault("pin_memory", torch.cuda.is_available())
    loader["persistent_workers"] = loader["num_workers"] > 0 and loader.get("persistent_workers", True)
