# SPDX-License-Identifier: Apache-2.0
"""Make the record of a training as plain data: config, data, weights, rules, versions, hardware."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from mmengine.evaluator import Evaluator
from mmengine.runner import BaseLoop, Runner

import flip_mm
from flip_mm.config_checks.check_config import PREVIOUS_STAGE
from flip_mm.config_checks.needs import joint_needs
from flip_mm.datasets.protocols import Run
from flip_mm.evaluation import FASMetric
from flip_mm.evaluation.record_fields import FORMAT
from flip_mm.evaluation.selection import rule_of

from .arithmetic import arithmetic
from .data_record import data_record, run_record
from .plain_config import config_record
from .training_settings import checkpoint_options, training_settings

# Key of a record in the `meta` of a checkpoint. Version 0.1.0 stored a part of it there: settings, world_size, batch_size.
KEY = "flip_mm"
PACKAGES = ("mmengine", "mmpretrain", "open_clip_torch", "numpy")
# These differ between machines, or between an interrupted training and one without interruption.
INCIDENTAL = ("hardware", "arithmetic", "time", "versions")
# Valid types of a record's fields; a file may contain anything.
TYPES = dict.fromkeys(("arithmetic", "checkpoint", "config", "data", "run", "settings", "time"), Mapping)
TYPES |= dict.fromkeys(("validations", "weights"), list) | dict(depth=str)
LOADERS = {"train": "_train_loop", "val": "_val_loop", "test": "_test_loop"}


def comparable_record(runner: Runner) -> dict[str, Any]:
    """Return the part of a training's record that decides whether a checkpoint belongs to it."""
    depth = getattr(datasets_of(runner).get("train"), "depth", "")
    return dict(
        seed=getattr(runner, "seed", None),
        max_iters=getattr(runner, "max_iters", None),
        world_size=getattr(runner, "world_size", None),
        batch_size=batch_size(runner),
        settings=training_settings(runner.cfg),
        arithmetic=arithmetic(),
    ) | (dict(depth=depth) if depth else {})


def make_record(runner: Runner, devices: Sequence[str]) -> dict[str, Any]:
    """Return the record of a training before it starts.

    Args:
        runner: Its runner.
        devices: :func:`device_name` of each process.

    Returns:
        Plain data: dicts with str keys, lists, str, int, float, bool, None. It contains no user, machine or folder.
    """
    cfg, datasets = runner.cfg, datasets_of(runner)
    run = next((data.run for data in datasets.values() if isinstance(getattr(data, "run", None), Run)), None)
    described = dict(protocol=run.protocol, run=run_record(run)) if run else {}
    return (
        dict(format=FORMAT, config=config_record(_as_dict(cfg), cfg.filename))
        | _method(cfg)
        | described
        | comparable_record(runner)
        | dict(
            data={split: data_record(data) for split, data in datasets.items()},
            weights=[],
            selection=dict(
                checkpoint=_checkpoint_rules(cfg),
                threshold=threshold_rules(runner.val_loop.evaluator) if "val" in datasets else [],
            ),
            versions=versions(),
            hardware=dict(devices=list(devices), processes=len(devices)),
        )
    )


def _method(cfg: Mapping) -> dict[str, Any]:
    """What the method needs, and the config of the stage before, if there are any."""
    needs, previous = joint_needs(cfg.get("model") or {}), cfg.get(PREVIOUS_STAGE)
    found = {} if needs is None else dict(needs=asdict(needs))
    return found | (dict(previous_stage=Path(previous).stem) if isinstance(previous, str) and previous else {})


def datasets_of(runner: Runner) -> dict[str, Any]:
    """Return the data sets that are already built: ``'train'``, ``'val'``, ``'test'`` -> data set."""
    loops = {split: getattr(runner, name, None) for split, name in LOADERS.items()}
    loaders = {split: getattr(loop, "dataloader", None) for split, loop in loops.items() if isinstance(loop, BaseLoop)}
    datasets = {split: getattr(loader, "dataset", None) for split, loader in loaders.items()}
    return {split: data for split, data in datasets.items() if data is not None}


def stored_record(checkpoint: Mapping) -> dict[str, Any]:
    """Return a checkpoint's record; without one the fields that mmengine stores; empty if there are none."""
    meta = _mapping(checkpoint.get("meta")) if isinstance(checkpoint, Mapping) else {}
    from_mmengine = dict(
        seed=meta.get("seed"),
        iteration=meta.get("iter"),
        run=_mapping(meta.get("dataset_meta")).get("run"),
        config={"name": meta["config_file"]} if "config_file" in meta else None,
    )
    record = {name: value for name, value in from_mmengine.items() if value is not None} | dict(_mapping(meta.get(KEY)))
    return {name: value for name, value in record.items() if isinstance(value, TYPES.get(name, object))}


def reproducible_part(record: Mapping) -> dict[str, Any]:
    """Return a record without the fields that may differ between two trainings with the same result."""
    return {name: value for name, value in record.items() if name not in INCIDENTAL}


def batch_size(runner: Runner) -> int | None:
    """Return the batch size of the training's batch sampler; None if it has none."""
    loop = getattr(runner, "_train_loop", None)
    loader = getattr(runner, "train_dataloader", None) if isinstance(loop, BaseLoop) else None
    size = getattr(getattr(loader, "batch_sampler", None), "batch_size", None)
    return size if isinstance(size, int) else None


def versions() -> dict[str, str]:
    """Return the versions of the packages that influence a result; forks under another name are left out."""
    installed = dict(flip_mm=flip_mm.__version__, python=platform.python_version(), torch=str(torch.__version__))
    for name in PACKAGES:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            continue
    return installed


def device_name() -> str:
    """Return the name of the GPU, or ``'CPU'``."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"


def threshold_rules(evaluator: Evaluator) -> list[dict[str, Any]]:
    """Return how each ``FASMetric`` of an evaluator chooses its threshold."""
    return [dict(vars(metric.options)) for metric in evaluator.metrics if isinstance(metric, FASMetric)]


def _checkpoint_rules(cfg: Mapping) -> list[dict[str, Any]]:
    """How the best checkpoints are chosen; without ``save_best`` the last one is used."""
    best = checkpoint_options(cfg).get("save_best")
    metrics = [best] if isinstance(best, str) or not best else best
    return [dict(rule=(rule := rule_of(name)).name, metric=name or "", uses_target=rule.uses_target) for name in metrics]


def _as_dict(cfg: Any) -> Mapping:
    return cfg.to_dict() if hasattr(cfg, "to_dict") else cfg


def _mapping(value: Any) -> Mapping:
    return value if isinstance(value, Mapping) else {}
