# SPDX-License-Identifier: Apache-2.0
"""What can be told from a config alone about a training that would go wrong, before anything is built."""

from __future__ import annotations

from collections.abc import Mapping

from mmengine.hooks import CheckpointHook
from mmpretrain.registry import HOOKS

from .monitored import check_monitored
from .parts import class_of, named_hooks
from .schedule import check_schedule
from .trainable_constructor import check_constructor
from .units import check_units

COUNTS = (
    "train_cfg.max_iters",
    "train_cfg.max_epochs",
    "train_cfg.val_interval",
    "optim_wrapper.accumulative_counts",
    "auto_scale_lr.base_batch_size",
)


def check_training(cfg: Mapping) -> None:
    """Check numbers, units, rates and metrics of a config that is going to be trained.

    A config of an old training that is only tested need not pass.

    Args:
        cfg: The config, command line options included.

    Raises:
        ValueError: One of them would have no effect, or another one than it says.
    """
    _check_counts(cfg)
    check_units(cfg)
    check_constructor(cfg)
    check_schedule(cfg)
    check_monitored(cfg)


def _check_counts(cfg: Mapping) -> None:
    """Intervals of 0 would be an error in the middle of the training, or mean never."""
    counts = {}
    for key in COUNTS:
        part, name = key.split(".")
        counts[key] = (cfg.get(part) or {}).get(name, 1)
    for number, (_, interval) in enumerate((cfg.get("train_cfg") or {}).get("dynamic_intervals") or ()):
        counts[f"train_cfg.dynamic_intervals.{number}.1"] = interval
    for key, hook in named_hooks(cfg):
        kind = class_of(hook, HOOKS)
        never = kind is not None and issubclass(kind, CheckpointHook)
        for name in ("interval", "interval_exp_name", "max_keep_ckpts"):
            # mmengine's word for "no regular checkpoints" and for "keep all".
            if name in hook and not (never and hook[name] == -1):
                counts[f"{key}.{name}"] = hook[name]
    for key, value in counts.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            is_checkpoint = key.startswith("default_hooks.checkpoint.")
            raise ValueError(
                f"{key} must be a whole number above 0, got {value!r}" + (" (-1: none or all)." if is_checkpoint else ".")
            )
