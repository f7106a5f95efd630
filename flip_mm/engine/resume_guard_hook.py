# SPDX-License-Identifier: Apache-2.0
"""Resume the training that was meant, from its newest whole checkpoint, or not at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmpretrain.registry import HOOKS

from flip_mm.compat import load_checkpoint_file
from flip_mm.config_checks.monitored import directed_settings, directions
from flip_mm.config_checks.parts import flat

from .arithmetic import arithmetic, other_arithmetic
from .trainable_constructor import TrainableOptimWrapperConstructor

KEY = "flip_mm"
NEEDED = ("meta", "state_dict", "optimizer", "message_hub")
NAMED = 8
PLAIN = (bool, int, float, str)
CONSTRUCTOR = "optim_wrapper.constructor"
# What decides the weights, and what decides which of them are the best.
TRAINING = ("model", "optim_wrapper", "param_scheduler", "auto_scale_lr")
LOADERS = ("train_dataloader", "val_dataloader")
LOADER_PARTS = ("dataset", "sampler", "batch_sampler")
# Depends on the machine, or is compared by RunGuardHook.
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


@HOOKS.register_module()
class ResumeGuardHook(Hook):
    """Stores what a training was made of in its checkpoints, and compares on resume.

    Without a named checkpoint it chooses the one to resume from: ``last_checkpoint`` of the work dir or, if that file is
    damaged, the newest older one that can be read.

    Raises:
        ValueError: The checkpoint belongs to a training with other settings, another number of images in a step, or more
            iterations, or is no checkpoint to resume from; or gradients would be lost between two checkpoints.
        RuntimeError: None of the work dir's checkpoints can be read.
    """

    priority = "VERY_HIGH"

    def before_run(self, runner: Runner) -> None:
        """Choose the checkpoint before mmengine does."""
        if not isinstance(runner._train_loop, BaseLoop):
            return
        _check_accumulation(runner.cfg)
        if runner._resume and runner._load_from is None:
            choice = [_newest_whole(runner) if is_main_process() else None]
            broadcast_object_list(choice)
            runner._load_from = choice[0]
            runner._resume = choice[0] is not None

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store plain data; nothing of it is ever executed."""
        checkpoint["meta"][KEY] = dict(
            world_size=runner.world_size,
            batch_size=_batch_size(runner),
            settings=training_settings(runner.cfg),
            arithmetic=arithmetic(),
        )

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare before anything is changed."""
        if not runner.cfg.get("resume"):
            return
        missing = [name for name in NEEDED if name not in checkpoint]
        if missing:
            raise ValueError(
                f"There is no {' and no '.join(missing)} in the checkpoint, so it cannot be resumed from. Resume from an "
                "iter_*.pth; to begin anew with its weights: --cfg-options load_from=CHECKPOINT."
            )
        done, wanted = checkpoint["meta"]["iter"], runner.max_iters
        if done > wanted:
            raise ValueError(f"The checkpoint has {done} iterations behind it and train_cfg.max_iters is {wanted}; raise it.")
        if done == wanted:
            runner.logger.warning(f"All {done} iterations of this training are done; a larger train_cfg.max_iters extends it.")
        stored = checkpoint["meta"].get(KEY)
        if stored is None:
            runner.logger.warning("The checkpoint does not say with which settings it was trained; they are not compared.")
            return
        settings, turned = directed_settings(stored["settings"])
        for metric in turned:
            runner.logger.warning(
                f"Until now this training took the checkpoint with the worst {metric} for its best one, because its "
                "default_hooks.checkpoint.rule did not fit; the next one with a better value replaces it."
            )
        _check_settings(settings, training_settings(runner.cfg))
        _check_step(runner, stored["world_size"], stored["batch_size"])
        if differs := other_arithmetic(stored.get("arithmetic") or {}):
            runner.logger.warning(differs)


def training_settings(cfg: Mapping) -> dict[str, Any]:
    """The settings that decide a training's weights and its choice of the best ones, flat and plain.

    Args:
        cfg: The config.

    Returns:
        'model.head.type' -> 'FLIPVHead' and so on; values are None, bool, int, float or str.
    """
    parts = {name: cfg.get(name) for name in TRAINING}
    for loader in LOADERS:
        parts[loader] = {name: (cfg.get(loader) or {}).get(name) for name in LOADER_PARTS}
    parts["val_evaluator"] = cfg.get("val_evaluator")
    parts["default_hooks"] = dict(checkpoint=dict(save_best=_checkpoint_options(cfg).get("save_best"), rule=directions(cfg)))
    # Of other hooks only this one changes what is stored as weights.
    parts["custom_hooks"] = [hook for hook in cfg.get("custom_hooks") or [] if "EMAHook" in str(hook)]
    settings = {
        key: value if isinstance(value, PLAIN) else getattr(value, "__qualname__", type(value).__qualname__)
        for key, value in flat(parts)
        if value is not None and not _is_free(key)
    }
    # What it does follows from model.frozen; checkpoints from before it do not name it.
    if settings.get(CONSTRUCTOR) == TrainableOptimWrapperConstructor.__name__:
        del settings[CONSTRUCTOR]
    return settings


def _is_free(key: str) -> bool:
    return any(fnmatch(key, pattern) for pattern in FREE)


def _checkpoint_options(cfg: Mapping) -> Mapping:
    return (cfg.get("default_hooks") or {}).get("checkpoint") or {}


def _batch_size(runner: Runner) -> int:
    return runner.train_dataloader.batch_sampler.batch_size


def _check_settings(old: Mapping, new: Mapping) -> None:
    """Compare; the validation's settings only where both trainings validate."""
    validation = ("val_", "default_hooks.")
    both_validate = all(any(key.startswith("val_evaluator") for key in settings) for settings in (old, new))
    different = [
        f"{key}: {old.get(key)!r} against {new.get(key)!r}"
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key) and (both_validate or not key.startswith(validation)) and not _is_free(key)
    ]
    if different:
        more = f"; and {len(different) - NAMED} more" if len(different) > NAMED else ""
        raise ValueError(
            f"The training to be resumed has other settings: {'; '.join(different[:NAMED])}{more}. Resume with the config and "
            "options it was begun with, or begin a new training in another --work-dir."
        )


def _check_step(runner: Runner, world_size: int, batch_size: int) -> None:
    """Which images a step sees follows from processes x batch size; how they are shared out does not matter."""
    own_size = _batch_size(runner)
    if (runner.world_size, own_size) == (world_size, batch_size):
        return
    step = world_size * batch_size
    words = (
        f"The training to be resumed ran with {world_size} x {batch_size} (processes x train_dataloader.batch_size) images per "
        f"domain and class in a step, this one with {runner.world_size} x {own_size}"
    )
    if runner.world_size * own_size == step:
        runner.logger.warning(
            f"{words}: converted. Every step sees the same images with the same augmentation; what a process draws or counts "
            "for itself (dropout, prompt views, BatchNorm without sync_bn) differs."
        )
        return
    ways = [f"{world_size} processes and train_dataloader.batch_size={batch_size}"]
    if step % runner.world_size == 0:
        ways.append(f"--cfg-options train_dataloader.batch_size={step // runner.world_size} with the present processes")
    raise ValueError(f"{words}: its batches would be others. Resume with {', or with '.join(ways)}.")


def _check_accumulation(cfg: Mapping) -> None:
    """Gradients of a half accumulated step are in no checkpoint."""
    steps = (cfg.get("optim_wrapper") or {}).get("accumulative_counts", 1)
    intervals = {
        "default_hooks.checkpoint.interval": _checkpoint_options(cfg).get("interval", -1),
        "train_cfg.val_interval": (cfg.get("train_cfg") or {}).get("val_interval", -1),
    }
    for name, interval in intervals.items():
        if interval > 0 and interval % steps:
            raise ValueError(
                f"{name}={interval} is no multiple of optim_wrapper.accumulative_counts={steps}: a checkpoint in between would "
                "lose the gradients gathered so far."
            )


def _newest_whole(runner: Runner) -> str | None:
    """The checkpoint of the work dir to resume from; None if it holds none."""
    refused = []
    for path in _candidates(Path(runner.work_dir)):
        try:
            load_checkpoint_file(path, "cpu")
        except (FileNotFoundError, RuntimeError) as error:
            refused.append(str(error))
            runner.logger.warning(f"Checkpoint skipped. {error}")
            continue
        runner.logger.info(f"Training goes on from {path}.")
        return str(path)
    if refused:
        raise RuntimeError(
            f"None of the {len(refused)} checkpoints of {runner.work_dir} can be read: {' '.join(refused)} "
            "Begin anew in another --work-dir."
        )
    runner.logger.warning(f"--resume: {runner.work_dir} holds no checkpoint, training begins at iteration 0.")
    return None


def _candidates(folder: Path) -> list[Path]:
    """``last_checkpoint`` and the checkpoints before it, newest first; all of them if that file says nothing.

    Later ones than ``last_checkpoint`` are an earlier training's.
    """
    pointer = folder / "last_checkpoint"
    text = pointer.read_text(encoding="utf-8", errors="replace").strip() if pointer.is_file() else ""
    own = sorted(folder.glob("iter_*.pth"), key=_number, reverse=True)
    if not text:
        return own
    # A work dir may have been moved or copied; only if it holds none itself (out_dir) does the pointer's folder count.
    last = folder / Path(text).name if own else Path(text)
    own = own or sorted(last.parent.glob("iter_*.pth"), key=_number, reverse=True)
    return [last, *(path for path in own if _number(path) < _number(last))]


def _number(path: Path) -> float:
    """500 for iter_500.pth; other names come before all numbers."""
    digits = path.stem.removeprefix("iter_")
    return int(digits) if digits.isdecimal() else math.inf
