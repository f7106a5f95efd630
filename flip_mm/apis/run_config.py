# SPDX-License-Identifier: Apache-2.0
"""Command line arguments that training and testing share, and how they change a config."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, ConfigDict, DictAction

from flip_mm.config_checks.check_config import SETTINGS, check_config, did_you_mean
from flip_mm.config_checks.config_keys import check_keys
from flip_mm.datasets.protocols import get_run
from flip_mm.engine.run_guard_hook import SPLITS
from flip_mm.utils.shipped import find_config

from .arguments import named, real, whole
from .processes import check_launcher
from .read_config import read_config

# Texts that Python reads as numbers and people do not: 0_1, digits of other scripts.
ODD_NUMBER = re.compile(r"(?:^|[\[(,])\s*(?![0-9]+\s*(?:[\]),]|$))(\d[\d_]*)\s*(?:[\]),]|$)")


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of training and testing: MMPretrain's own, and which run of the protocol is meant."""
    add_data_arguments(parser)
    parser.add_argument(
        "--work-dir", type=named, help="folder of logs, plots and checkpoints (work_dirs/<config>/<target>_seed<seed>)"
    )
    parser.add_argument(
        "--seed", type=whole(0, 2**32 - 1), help="seed of sampling, augmentation and initialisation (config: 0)"
    )
    parser.add_argument("--launcher", choices=["none", "pytorch", "slurm", "mpi"], default="none", help="job launcher")
    parser.add_argument("--local_rank", "--local-rank", type=whole(0), default=0, help=argparse.SUPPRESS)


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the config, the run of the protocol, and settings to override."""
    parser.add_argument("config", type=named, help="path of the config file, or name of a shipped one")
    # load_config reads these of every tool; a tool that trains or tests offers them on top.
    parser.set_defaults(work_dir=None, seed=None, launcher="none", local_rank=0)
    parser.add_argument("--data-root", type=named, help="folder of the data set, instead of the config's data/...")
    run = parser.add_argument_group("run", "which run of the protocol; without these the config's own")
    run.add_argument("--target", help="domain to test on, e.g. M, C, I or O for protocol 1")
    run.add_argument("--source", help="source domain, for protocols with several runs per target")
    run.add_argument("--shots", type=whole(0), help="target images per class that join training (0)")
    run.add_argument("--holdout", type=real(0, 1), help="share of the source videos kept as development set (0)")
    run.add_argument("--no-aux", dest="aux", action="store_const", const=False, help="no auxiliary domain (CelebA-Spoof)")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=Options,
        help="settings to override, key=value with dots, e.g. model.backbone.arch=ViT-B-32 train_cfg.max_iters=10; "
        'lists as key="[a,b]"',
    )


def load_config(args: argparse.Namespace, needs: Sequence[str] = ("model",)) -> Config:
    """Read the config and apply the common arguments.

    Args:
        args: What a parser with :func:`add_common_arguments` or :func:`add_data_arguments` returned.
        needs: Settings that the tool cannot do without.

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
    cfg = read_config(config)
    check_config(cfg)
    _check_needs(cfg, needs)
    cfg.launcher = args.launcher
    if args.seed is not None:
        cfg.randomness.seed = args.seed
    _set_run(_loaders(cfg), args)
    if args.cfg_options:
        _check_options(args.cfg_options)
        _merge(cfg, args.cfg_options)
        check_keys(cfg)
        _check_needs(cfg, needs)
    for loader in _loaders(cfg):
        _set_loader_defaults(loader)
    cfg.work_dir = args.work_dir or cfg.get("work_dir") or _default_work_dir(cfg, config)
    return cfg


class Options(DictAction):
    """mmengine's ``key=value``, with what is wrong told as other wrong arguments are."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: Any = None) -> None:
        """Take the options apart."""
        for value in values:
            key, equals, _ = value.partition("=")
            if not (equals and key.strip()):
                parser.error(f"argument --cfg-options: '{value}' is no key=value, e.g. train_cfg.max_iters=10")
            if odd := ODD_NUMBER.search(value.partition("=")[2]):
                parser.error(f"argument --cfg-options: '{value}': mmengine would read '{odd[1]}' as the number {int(odd[1])}")
            try:
                super().__call__(parser, namespace, [value], option)
            except (AssertionError, ValueError, SyntaxError, RecursionError) as error:
                parser.error(f"argument --cfg-options: the value of '{value}' cannot be read: {error or 'its brackets'}")


def _check_needs(cfg: Config, needs: Sequence[str]) -> None:
    """Refuse a config without what the tool works on; many a helper file is mistaken for a whole one."""
    for name in needs:
        if not isinstance(cfg.get(name, None), (Mapping, type(None))):
            raise ValueError(f"{cfg.filename}: {name}={cfg[name]!r} must be a dict.")
    if missing := [name for name in needs if cfg.get(name) is None]:
        raise ValueError(
            f"{cfg.filename}: {' and '.join(missing)} missing. A whole config builds on one of configs/, e.g. "
            "_base_ = ['configs/flip_mcl_p1.py'], or sets all of it."
        )
    for name in SPLITS:
        if cfg.get(name) and not isinstance(cfg[name].get("dataset"), Mapping):
            raise ValueError(f"{cfg.filename}: {name}.dataset={cfg[name].get('dataset')!r} must be a dict with a `type`.")


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


def _merge(cfg: Config, options: dict) -> None:
    """Override settings one by one, so that an error names its option."""
    for option, value in options.items():
        try:
            cfg.merge_from_dict({option: value})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(
                f"--cfg-options {option}={value!r}: the config has no such place, or the value does not fit there. Places in "
                'lists are numbers from 0, and a list is replaced as a whole by key="[a,b]".'
            ) from error


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
            run = {**loader.dataset.get("run", {}), **chosen}
            if "protocol" not in run:
                raise ValueError(
                    f"--{next(iter(chosen))} chooses a run of a protocol, and this config's dataset names none (run.protocol)."
                )
            found = get_run(**run)
            if run.get("source") is not None:
                run["source"] = found.sources[0]
            loader.dataset.run = {**run, "target": found.target}
        if args.data_root is not None:
            loader.dataset.data_root = args.data_root


def _set_loader_defaults(loader: dict) -> None:
    """Fill in what depends on the machine, and what configs of one's own without our ``_base_`` may lack."""
    loader.setdefault("collate_fn", dict(type="default_collate"))
    loader.setdefault("pin_memory", torch.cuda.is_available())
    loader["persistent_workers"] = loader.get("num_workers", 0) > 0 and loader.get("persistent_workers", True)
