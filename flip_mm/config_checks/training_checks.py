# SPDX-License-Identifier: Apache-2.0
"""All checks of a config before a training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.hooks import CheckpointHook
from mmpretrain.registry import HOOKS

from .config_parts import class_of, flat, is_standard_option, named_hooks, type_name
from .epochs_or_iterations import check_units
from .frozen_parameters import check_frozen
from .monitored import check_monitored
from .needs import check_needs
from .schedule import check_schedule

COUNTS = (
    "train_cfg.max_iters",
    "train_cfg.max_epochs",
    "train_cfg.val_interval",
    "optim_wrapper.accumulative_counts",
    "auto_scale_lr.base_batch_size",
)
INTERVALS = ("interval", "interval_exp_name", "max_keep_ckpts")


def check_training(cfg: Mapping) -> None:
    """Check numbers, units, rates and metrics of a config before it is trained.

    Args:
        cfg: The config, including command line options.

    Raises:
        ValueError: A setting is wrong or would have no effect.
    """
    _check_counts(cfg)
    check_units(cfg)
    check_frozen(cfg)
    check_schedule(cfg)
    check_monitored(cfg)
    _check_device_views(cfg)
    check_needs(cfg)


def _check_counts(cfg: Mapping) -> None:
    """An interval of 0 would be an error in the middle of the training, or mean never."""
    for key in COUNTS:
        part, name = key.split(".")
        _check_count(key, (cfg.get(part) or {}).get(name, 1))
    for number, (_, interval) in enumerate((cfg.get("train_cfg") or {}).get("dynamic_intervals") or ()):
        _check_count(f"train_cfg.dynamic_intervals.{number}.1", interval)
    for key, hook in named_hooks(cfg):
        kind = class_of(hook, HOOKS)
        is_checkpoint = kind is not None and issubclass(kind, CheckpointHook)
        for name in (name for name in INTERVALS if name in hook and is_standard_option(kind, name)):
            # -1 means "no regular checkpoints" or "keep all" in mmengine.
            if not (is_checkpoint and hook[name] == -1):
                _check_count(f"{key}.{name}", hook[name], " (-1: none or all)" * is_checkpoint)


def _check_count(key: str, value: Any, more: str = "") -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{key} must be a whole number above 0, got {value!r}{more}.")


def _check_device_views(cfg: Mapping) -> None:
    """Refuse a config in which nothing renders the views for the device: it would train on images without views."""
    pipeline = ((cfg.get("train_dataloader") or {}).get("dataset") or {}).get("pipeline") or ()
    steps = [step for step in pipeline if isinstance(step, Mapping)]
    if not any(type_name(step) == "TrainingViews" and step.get("views") == "device" for step in steps):
        return
    needed, key = "TrainingViews(views='device') needs", "train_dataloader.dataset.pipeline"
    if not any("view_parameters" in (step.get("meta_keys") or ()) for step in steps):
        raise ValueError(f"{key}: {needed} 'view_parameters' in the meta_keys of PackInputs.")
    types = [value for name, value in flat(cfg.get("model") or {}) if name.endswith("data_preprocessor.type")]
    if not any("FASDataPreprocessor" in str(kind) for kind in types):
        raise ValueError(f"{key}: {needed} model.data_preprocessor=dict(type='FASDataPreprocessor'), which renders the views.")
