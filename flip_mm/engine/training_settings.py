# SPDX-License-Identifier: Apache-2.0
"""Settings of a config as plain data: those that decide a training, and all of them."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any

from flip_mm.config_checks.config_parts import flat
from flip_mm.config_checks.monitored import directions

from .trainable_constructor import TrainableOptimWrapperConstructor

PLAIN = (bool, int, float, str)
CONSTRUCTOR = "optim_wrapper.constructor"
# What decides the weights, and what decides which of them are the best.
TRAINING = ("model", "optim_wrapper", "param_scheduler", "auto_scale_lr")
LOADERS = ("train_dataloader", "val_dataloader")
LOADER_PARTS = ("dataset", "sampler", "batch_sampler")
# Depends on the machine, or is compared as a part of the run.
FREE = (
    "model.backbone.pretrained",
    "model.backbone.weights_format",
    "*_dataloader.dataset.run.*",
    "*.data_root",
    "*.check_files",
    "*.lazy_init",
    # What samples carry along; a method that trains with more than a sample carries fails by itself.
    "*.meta_keys.*",
)


def training_settings(cfg: Mapping) -> dict[str, Any]:
    """The settings that decide a training's weights and its choice of the best ones, flat and plain.

    Args:
        cfg: The config.

    Returns:
        'model.head.type' -> 'FLIPVHead' and so on; values are None, bool, int, float or str.
    """
    parts = {name: cfg.get(name) for name in TRAINING}
    for loader in LOADERS:
        options = cfg.get(loader)
        parts[loader] = {name: options.get(name) for name in LOADER_PARTS} if isinstance(options, Mapping) else {}
    parts["val_evaluator"] = cfg.get("val_evaluator")
    parts["default_hooks"] = dict(checkpoint=dict(save_best=checkpoint_options(cfg).get("save_best"), rule=directions(cfg)))
    # Of other hooks only this one changes what is stored as weights.
    parts["custom_hooks"] = [hook for hook in cfg.get("custom_hooks") or [] if "EMAHook" in str(hook)]
    settings = {key: plain(value) for key, value in flat(parts) if value is not None and not is_free(key)}
    # What it does follows from model.frozen; checkpoints from before it do not name it.
    if settings.get(CONSTRUCTOR) == TrainableOptimWrapperConstructor.__name__:
        del settings[CONSTRUCTOR]
    return settings


def is_free(key: str) -> bool:
    """Whether a setting may differ between a training and its continuation."""
    return any(fnmatch(key, pattern) for pattern in FREE)


def checkpoint_options(cfg: Mapping) -> Mapping:
    """The options of the checkpoint hook; none where it was built beforehand."""
    options = (cfg.get("default_hooks") or {}).get("checkpoint")
    return options if isinstance(options, Mapping) else {}


def plain(value: Any) -> Any:
    """A value of a config as plain data: of functions, classes and objects the name."""
    return value if isinstance(value, PLAIN) else getattr(value, "__qualname__", type(value).__qualname__)
