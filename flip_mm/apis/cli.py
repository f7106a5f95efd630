# SPDX-License-Identifier: Apache-2.0
"""Command line arguments that training and testing share, and how they change a config."""

from __future__ import annotations

import argparse
import os
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from mmengine.config import Config, ConfigDict, DictAction

from flip_mm.datasets.protocols import get_run
from flip_mm.engine.config_guard_hook import SETTINGS, check_config, did_you_mean
from flip_mm.engine.run_guard_hook import SPLITS
from flip_mm.folder_lock import FolderLock

from .arguments import real, whole
from .processes import check_launcher, is_first
from .shipped import find_config


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of training and testing: MMPretrain's own, and which run of the protocol is meant."""
    add_data_arguments(parser)
    parser.add_argument("--work-dir", help="folder of logs, plots and checkpoints (work_dirs/<config>/<target>_seed<seed>)")
    parser.add_argument(
        "--seed", type=whole(0, 2**32 - 1), help="seed of sampling, augmentation and initialisation (config: 0)"
    )
    parser.add_argument("--launcher", choices=["none", "pytorch", "slurm", "mpi"], default="none", help="job launcher")
    parser.add_argument("--local_rank", "--local-rank", type=whole(0), default=0, help=argparse.SUPPRESS)


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the config, the run of the protocol, and settings to override."""
    parser.add_argument("config", help="path of the config file, or name of a shipped one")
    # load_config reads these of every tool; a tool that trains or tests offers them on top.
    parser.set_defaults(work_dir=None, seed=None, launcher="none", local_rank=0)
    parser.add_argument("--data-root", help="folder of the data set, instead of the config's data/...")
    run = parser.add_argument_group("run", "which run of the protocol; without these the config's own")
    run.add_argument("--target", help="domain to test on, e.g. M, C, I or O for protocol 1")
    run.add_argument("--source", help="source domain, for protocols with several runs per target")
    run.add_argument("--shots", type=whole(0), help="target images per class that join training (0)")
    run.add_argument("--holdout", type=real(0, 1), help="share of the source videos kept as development set (0)")
    run.add_argument("--no-aux", dest="aux", action="store_const", const=False, help="no auxiliary domain (CelebA-Spoof)")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=DictAction,
        help="settings to override, key=value with dots, e.g. model.backbone.arch=ViT-B-32 train_cfg.max_iters=10; "
        'lists as key="[a,b]"',
    )


def load_config(args: argparse.Namespace) -> Config:
    """Read the config and apply the common arguments.

    Args:
        args: What a parser with :func:`add_common_arguments` or :func:`add_data_arguments` returned.

    Returns:
        The config, ready for ``Runner.from_cfg``.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: The run does not exist, an option or a name in the config would have no effect, or ``--launcher`` does not
            fit how this process was started.
    """
    config = find_config(args.config)
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    check_launcher(args.launcher)
    cfg = Config.fromfile(config, lazy_import=False)
    check_config(cfg)
    cfg.launcher = args.launcher
    if args.seed is not None:
        cfg.randomness.seed = args.seed
    _set_run(_loaders(cfg), args)
    if args.cfg_options:
        _check_options(args.cfg_options)
        cfg.merge_from_dict(args.cfg_options)
    for loader in _loaders(cfg):
        _set_loader_defaults(loader)
    cfg.work_dir = args.work_dir or cfg.get("work_dir") or _default_work_dir(cfg, config)
    return cfg


def check_work_dir(cfg: Config) -> None:
    """Refuse a work dir that cannot be written, before anything is built.

    Raises:
        OSError: Naming the folder and why.
    """
    try:
        os.makedirs(cfg.work_dir, exist_ok=True)
        with tempfile.TemporaryFile(dir=cfg.work_dir):
            pass
    except OSError as error:
        raise OSError(
            error.errno,
            f"{error.strerror}: nothing can be written into the work dir '{os.path.abspath(cfg.work_dir)}'. Choose another "
            "with --work-dir",
        ) from error


def lock_work_dir(cfg: Config, work: str) -> AbstractContextManager:
    """Keep other trainings, or other tests, out of the work dir until the block ends or the process dies.

    Args:
        cfg: The config; its work dir exists, see :func:`check_work_dir`.
        work: ``'training'`` or ``'test'``. They write different files, so that a checkpoint can be tested while training.

    Raises:
        BlockingIOError: Another process does the same work in this folder.
    """
    return FolderLock(cfg.work_dir, work) if is_first(cfg.launcher) else nullcontext()


def _check_options(options: dict) -> None:
    """Refuse what mmengine would ignore: names of helpers (``image_size``, ``data_root``) and misspelt ones."""
    for option in options:
        name = option.split(".")[0]
        if name not in SETTINGS:
            raise ValueError(
                f"--cfg-options {option}: '{name}' is no setting of the runner and would have no effect{did_you_mean(name)}. "
                f"Settings begin with {', '.join(sorted(SETTINGS))}. The run is chosen by --target, the folder by --data-root, "
                "prompts by model.head.prompts; the image size in configs/_base_/datasets; another protocol by a config of a "
                "few lines, see docs/options.md."
            )


def _default_work_dir(cfg: Config, config: Path) -> str:
    """``work_dirs/<config>/<target>_seed<seed>``, more where the run says more: no run overwrites another."""
    run = next((loader.dataset.run for loader in _loaders(cfg) if "run" in loader.dataset), {})
    parts = [run[key] for key in ("source", "target") if run.get(key)]
    parts += [f"{key}{run[key]:g}" for key in ("shots", "holdout") if run.get(key)]
    parts += [] if run.get("aux", True) else ["no-aux"]
    parts += [] if (seed := cfg.get("randomness", {}).get("seed")) is None else [f"seed{seed}"]
    return str(Path("work_dirs", Path(config).stem, "_".join(parts)))


def _loaders(cfg: Config) -> list[ConfigDict]:
    """The dataloaders that the config has."""
    return [cfg[name] for name in SPLITS if cfg.get(name)]


def _set_run(loaders: list[ConfigDict], args: argparse.Namespace) -> None:
    """Set run and data root in every dataloader, so that they cannot differ."""
    chosen = {k: v for k in ("target", "source", "shots", "holdout", "aux") if (v := getattr(args, k)) is not None}
    for loader in loaders:
        if chosen:
            loader.dataset.run = {**loader.dataset.run, **chosen}
            get_run(**loader.dataset.run)
        if args.data_root is not None:
            loader.dataset.data_root = args.data_root


def _set_loader_defaults(loader: dict) -> None:
    """Fill in what depends on the machine, and what configs of one's own without our ``_base_`` may lack."""
    loader.setdefault("collate_fn", dict(type="default_collate"))
    loader.setdefault("pin_memory", torch.cuda.is_available())
    loader["persistent_workers"] = loader["num_workers"] > 0 and loader.get("persistent_workers", True)
