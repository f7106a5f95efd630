# SPDX-License-Identifier: Apache-2.0
"""Read a config and apply the command line arguments: run, folders, single settings."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from flip_mm.datasets.protocols import SPLITS
from flip_mm.utils.shipped import config_file

from .choose_run import CHOICES, choose_run
from .processes import check_launcher
from .read_config import read_config

# What a user may choose on the command line of every command that reads a config.
CHOSEN = ("protocol", *CHOICES, "data_root", "depth_root", "work_dir", "seed", "cfg_options")


def training_arguments(config: str, **options: Any) -> Namespace:
    """Return the arguments of ``flip_mm train`` with the defaults of its command line.

    Args:
        config: Path of a config, or name of a shipped one.
        **options: Arguments with other values than the default, with ``_`` in place of ``-``.
    """
    defaults = dict(resume=None, amp=False, no_validate=False, validate="all", auto_scale_lr=False)
    return Namespace(config=config, launcher="none", local_rank=0, **dict.fromkeys(CHOSEN) | defaults | options)


def load_config(args: Namespace, needs: Sequence[str] = ("model",)) -> Config:
    """Read the config and apply the common arguments.

    Args:
        args: From a parser with the arguments of :mod:`flip_mm.cli.config_arguments`.
        needs: Settings that the tool needs.

    Returns:
        The config, ready for ``Runner.from_cfg``.

    Raises:
        FileNotFoundError: There is no such config.
        ValueError: The run does not exist, an option or a name in the config would have no effect, or another launcher than
            ``--launcher`` started this process.
    """
    from flip_mm.config_checks.by_target import set_by_target
    from flip_mm.config_checks.check_config import check_config, check_preprocessor
    from flip_mm.config_checks.config_keys import check_keys
    from flip_mm.config_checks.run_arguments import set_run_arguments

    config = config_file(args.config)
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    check_launcher(args.launcher)
    cfg = read_config(config)
    check_config(cfg)
    _check_needs(cfg, needs)
    cfg.launcher = args.launcher
    if args.seed is not None:
        cfg.randomness.seed = args.seed
    protocol = run_settings(cfg).get("protocol")
    choose_run(_loaders(cfg), args)
    set_by_target(cfg)
    if args.cfg_options:
        _check_options(args.cfg_options)
        _merge(cfg, args.cfg_options)
        check_keys(cfg)
        check_preprocessor(cfg)
        _check_needs(cfg, needs)
    for loader in _loaders(cfg):
        _set_loader_defaults(loader)
    set_run_arguments(cfg)
    folder = run_folder(run_settings(cfg), cfg.get("randomness", {}).get("seed"), protocol)
    cfg.work_dir = args.work_dir or cfg.get("work_dir") or str(Path("work_dirs", config.stem, folder))
    return cfg


def load_run(args: Namespace, needs: Sequence[str]) -> Config:
    """Read a config only for its run, without PyTorch: other settings are not checked and may be missing.

    With ``--cfg-options``, which need the complete config, it does the same as :func:`load_config`.

    Args:
        args: As for :func:`load_config`.
        needs: As for :func:`load_config`.
    """
    if args.cfg_options:
        return load_config(args, needs)
    cfg = read_config(config_file(args.config), without=("flip_mm", "flip_mm.register"))
    _check_needs(cfg, needs)
    choose_run(_loaders(cfg), args)
    return cfg


def _check_needs(cfg: Config, needs: Sequence[str]) -> None:
    """Refuse a config without the settings that the tool needs, such as a file of configs/_base_."""
    for name in needs:
        kinds, words = ((Mapping, list, tuple), "a dict or a list") if name.endswith("_evaluator") else (Mapping, "a dict")
        if cfg.get(name) is not None and not isinstance(cfg[name], kinds):
            raise ValueError(f"{cfg.filename}: {name}={cfg[name]!r} must be {words}.")
    if missing := [name for name in needs if cfg.get(name) is None]:
        raise ValueError(
            f"{cfg.filename}: {' and '.join(missing)} missing. Base the config on one of configs/, e.g. "
            "_base_ = ['configs/flip_mcl_p1.py'], or set everything in it."
        )
    for name in SPLITS:
        if cfg.get(name) and not isinstance(cfg[name].get("dataset"), Mapping):
            raise ValueError(f"{cfg.filename}: {name}.dataset={cfg[name].get('dataset')!r} must be a dict with a `type`.")


def _check_options(options: dict) -> None:
    """Refuse options that mmengine would ignore: helpers (``image_size``, ``data_root``) and misspelt names."""
    from flip_mm.config_checks.check_config import SETTINGS, did_you_mean

    for option in options:
        name = option.split(".")[0]
        if name not in SETTINGS:
            raise ValueError(
                f"--cfg-options {option}: '{name}' is no setting of the runner and would have no effect{did_you_mean(name)}. "
                f"Settings begin with {', '.join(sorted(SETTINGS))}. Choose the run by --protocol and --target, the folder by "
                "--data-root, prompts by model.head.prompts, the image size in configs/_base_/datasets; see docs/options.md."
            )


def _merge(cfg: Config, options: dict) -> None:
    """Override settings one by one, so that an error names its option."""
    for option, value in options.items():
        try:
            cfg.merge_from_dict({option: value})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(
                f"--cfg-options {option}={value!r}: the config has no such key, or the value does not fit. Use numbers from 0 "
                'for entries of a list, or replace the whole list by key="[a,b]".'
            ) from error


def run_folder(run: Mapping, seed: int | None, protocol: str | None) -> str:
    """Return the folder name of a run, ``<target>_seed<seed>`` and all other settings of the run: no two runs have the same.

    Args:
        run: :func:`run_settings` of a config with the chosen run.
        seed: Its seed.
        protocol: The protocol in the file.
    """
    parts = [run["protocol"]] if run and run["protocol"] != protocol else []
    parts += [run[key] for key in ("source", "target") if run.get(key)]
    parts += [f"{key}{run[key]:g}" for key in ("shots", "holdout") if run.get(key)]
    parts += [f"unlabelled-{run['unlabelled']}"] if run.get("unlabelled") else []
    parts += [] if run.get("aux", True) else ["no-aux"]
    parts += [] if seed is None else [f"seed{seed}"]
    return "_".join(parts)


def run_settings(cfg: Config) -> Mapping:
    """Return the ``run`` of a config's first data set that has one; empty if none has."""
    return next((loader.dataset.run for loader in _loaders(cfg) if "run" in loader.dataset), {})


def _loaders(cfg: Config) -> list[ConfigDict]:
    """The dataloaders that the config has."""
    return [cfg[name] for name in SPLITS if cfg.get(name)]


def _set_loader_defaults(loader: dict) -> None:
    """Set defaults that depend on the machine, or that configs without our ``_base_`` may not have."""
    import torch

    loader.setdefault("collate_fn", dict(type="default_collate"))
    loader.setdefault("pin_memory", torch.cuda.is_available())
    has_workers = loader.get("num_workers", 0) > 0
    loader["persistent_workers"] = has_workers and loader.get("persistent_workers", True)
    if not has_workers:
        # torch refuses it: --cfg-options train_dataloader.num_workers=0 would otherwise need a second option.
        loader.pop("prefetch_factor", None)
