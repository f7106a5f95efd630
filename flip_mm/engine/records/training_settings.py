# SPDX-License-Identifier: Apache-2.0
"""Extract the settings of a config that decide the result of a training, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any

from flip_mm.config_checks.config_parts import flat
from flip_mm.config_checks.monitored import directions
from flip_mm.datasets.transforms.pillow_steps import with_pillow_steps
from flip_mm.engine.trainable_constructor import TrainableOptimWrapperConstructor

from .hidden_places import without_place

PLAIN = (bool, int, float, str)
CONSTRUCTOR = "optim_wrapper.constructor"
# These decide the weights; val_evaluator and save_best decide which of them are the best.
TRAINING = ("model", "optim_wrapper", "param_scheduler", "auto_scale_lr")
LOADERS = ("train_dataloader", "val_dataloader")
LOADER_PARTS = ("dataset", "sampler", "batch_sampler")
# These depend on the machine, or are compared as part of the run.
FREE = (
    # Weights may have moved since the start; a resumed training takes those of the checkpoint.
    "*.pretrained",
    "*.init_cfg.checkpoint",
    "*.init_cfg.*.checkpoint",
    "model.backbone.weights_format",
    # Its hash is compared.
    "model.teacher.checkpoint",
    # It changes memory and time, not results.
    "model.backbone.grad_checkpointing",
    "*_dataloader.dataset.run.*",
    "*.data_root",
    # What it gives is compared: `depth` of the record.
    "*.depth_root",
    "*.check_files",
    "*.lazy_init",
    # Metadata of samples; a method that needs a missing field fails anyway.
    "*.meta_keys.*",
)


def training_settings(cfg: Mapping) -> dict[str, Any]:
    """Return the settings that decide a training's weights and which of them are the best, with dotted keys.

    Args:
        cfg: The config.

    Returns:
        'model.head.type' -> 'FLIPVHead' and so on; values are None, bool, int, float or str.
    """
    parts = {name: cfg.get(name) for name in TRAINING}
    for loader in LOADERS:
        options = cfg.get(loader)
        parts[loader] = {name: options.get(name) for name in LOADER_PARTS} if isinstance(options, Mapping) else {}
        # As in version 0.1, whose trainings can be resumed with views="pillow".
        parts[loader] = with_pillow_steps(parts[loader])
    parts["val_evaluator"] = cfg.get("val_evaluator")
    parts["default_hooks"] = dict(checkpoint=dict(save_best=checkpoint_options(cfg).get("save_best"), rule=directions(cfg)))
    # No other custom hook changes the stored weights.
    parts["custom_hooks"] = [hook for hook in cfg.get("custom_hooks") or [] if "EMAHook" in str(hook)]
    settings = {key: plain(value) for key, value in flat(parts) if value is not None and not is_free(key)}
    # It only applies model.frozen, and older checkpoints do not contain it.
    if settings.get(CONSTRUCTOR) == TrainableOptimWrapperConstructor.__name__:
        del settings[CONSTRUCTOR]
    return settings


def is_free(key: str) -> bool:
    """Return whether a setting may differ between a training and the training that resumes it."""
    return any(fnmatch(key, pattern) for pattern in FREE)


def checkpoint_options(cfg: Mapping) -> Mapping:
    """Return the options of the checkpoint hook; empty if the config contains a built hook."""
    options = (cfg.get("default_hooks") or {}).get("checkpoint")
    return options if isinstance(options, Mapping) else {}


def plain(value: Any) -> Any:
    """Return a value of a config as plain data: of functions, classes and objects the name, of paths ``(path)``."""
    return without_place(value) if isinstance(value, PLAIN) else getattr(value, "__qualname__", type(value).__qualname__)
