# SPDX-License-Identifier: Apache-2.0
"""Check that hooks and schedulers count the same unit as the training loop: epochs or iterations."""

from __future__ import annotations

from collections.abc import Mapping

from mmengine.hooks import CheckpointHook
from mmengine.registry import LOG_PROCESSORS
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop, LogProcessor
from mmpretrain.registry import DATA_SAMPLERS, HOOKS, LOOPS, PARAM_SCHEDULERS

from flip_mm.datasets import DomainClassBatchSampler

from .config_parts import class_of, flat, is_standard_option, named_hooks, named_schedulers, option, options_of, type_name

WHY = "train_cfg counts iterations and its only epoch ends with the training"


def check_units(cfg: Mapping) -> None:
    """Refuse schedulers and hooks that count epochs if the loop counts iterations, and vice versa.

    mmengine counts epochs by default. In a loop that counts iterations such a scheduler never changes the rate, and such a
    hook acts only once, at the end.

    Args:
        cfg: The config; other loops than mmengine's are not checked.

    Raises:
        ValueError: A scheduler or hook counts another unit than the loop.
    """
    unit = loop_unit(cfg.get("train_cfg") or {})
    if unit == "iteration":
        _check_schedulers(cfg)
        _check_hooks(cfg)
        _check_log_processor(cfg.get("log_processor") or {})
    elif unit == "epoch":
        _check_epochs(cfg)


def loop_unit(train_cfg: Mapping) -> str | None:
    """Return ``'iteration'`` or ``'epoch'``; None if the loop is no subclass of mmengine's loops."""
    kind = class_of(train_cfg, LOOPS)
    if kind is None:
        return {True: "epoch", False: "iteration"}.get(train_cfg.get("by_epoch"))
    if issubclass(kind, IterBasedTrainLoop):
        return "iteration"
    return "epoch" if issubclass(kind, EpochBasedTrainLoop) else None


def _check_schedulers(cfg: Mapping) -> None:
    for key, scheduler in named_schedulers(cfg.get("param_scheduler")):
        kind, name = class_of(scheduler, PARAM_SCHEDULERS), type_name(scheduler)
        by_epoch = kind is not None and option(scheduler, kind, "by_epoch") is not False
        if getattr(kind, "need_val_args", False):
            # These are stepped after a validation, in any loop.
            if not by_epoch:
                raise ValueError(f"{key}.by_epoch=False: {name} is stepped after every validation; remove by_epoch.")
            if not cfg.get("val_evaluator"):
                raise ValueError(f"{key}: {name} is stepped after validations and this training has none; remove it.")
        elif by_epoch and not scheduler.get("convert_to_iter_based"):
            raise ValueError(
                f"{key} ({name}) counts epochs (by_epoch=True, mmengine's default) and would never be stepped, because {WHY}: "
                f"set {key}.by_epoch=False and give its lengths in iterations."
            )
        elif by_epoch and "end" not in scheduler:
            raise ValueError(
                f"{key} ({name}) would be converted to iterations but end after the first epoch, because {WHY}: set {key}.end, "
                "in epochs, or by_epoch=False and all lengths in iterations."
            )


def _check_hooks(cfg: Mapping) -> None:
    for key, hook in named_hooks(cfg):
        kind = class_of(hook, HOOKS)
        defaults = {name: value for name, value in options_of(kind).items() if name.endswith("by_epoch")}
        for name, value in flat({**defaults, **hook}):
            last = name.rpartition(".")[2]
            if last.endswith("by_epoch") and value is True:
                source = type_name(hook) if name in hook else f"the default of {type_name(hook)}"
                raise ValueError(
                    f"{key}.{name}=True ({source}) counts epochs, and {WHY}: set {key}.{name}=False and give intervals in "
                    "iterations."
                )
            if "epoch" in last and type(value) in (int, float) and value and is_standard_option(kind, name.partition(".")[0]):
                raise ValueError(
                    f"{key}.{name}={value} ({type_name(hook)}) counts epochs, and {WHY}: use an option that counts iterations "
                    "(begin_iter for begin_epoch), or remove the hook."
                )


def _check_log_processor(processor: Mapping) -> None:
    kind = class_of(processor, LOG_PROCESSORS) or LogProcessor
    if option(processor, kind, "by_epoch"):
        raise ValueError(f"log_processor.by_epoch=True (mmengine's default) counts epochs, and {WHY}: set it to False.")


def _check_epochs(cfg: Mapping) -> None:
    sampler = (cfg.get("train_dataloader") or {}).get("batch_sampler") or {}
    kind = class_of(sampler, DATA_SAMPLERS)
    if kind and issubclass(kind, DomainClassBatchSampler):
        raise ValueError(
            f"train_cfg counts epochs, and the first epoch would never end, because train_dataloader.batch_sampler "
            f"({type_name(sampler)}) is infinite: use train_cfg.type='ResumableTrainLoop' with max_iters."
        )
    for key, hook in named_hooks(cfg):
        kind = class_of(hook, HOOKS)
        if kind and issubclass(kind, CheckpointHook) and not option(hook, kind, "by_epoch"):
            raise ValueError(
                f"{key}.by_epoch=False saves in the middle of epochs, and train_cfg counts epochs and resumes at the beginning "
                f"of one: set {key}.by_epoch=True and its interval in epochs."
            )
