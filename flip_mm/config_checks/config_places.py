# SPDX-License-Identifier: Apache-2.0
"""Tables for the check of keys: the registry of each place in a config, keys of dicts without a class, minimum values."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import NamedTuple

from mmengine import registry as roots
from mmengine.hooks import EMAHook
from mmengine.registry import Registry
from mmengine.runner import Runner, set_random_seed
from mmpretrain.registry import BATCH_AUGMENTS
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from .signatures import arguments

SETTINGS = frozenset({*inspect.signature(Runner).parameters, "tta_model", "tta_pipeline", "sync_bn"})
# These transforms build the dicts in their `transforms` unchanged; others remove keys first.
NESTING = ("Compose", "MultiView", "RandomApply", "RandomChoice")


class Place(NamedTuple):
    """How a part of a config is built.

    Attributes:
        registry: The registry of its ``type``.
        default: The default ``type``.
        extra: Keys that mmengine reads in addition to those of the class.
        needs_type: Whether a dict without ``type`` is an error.
    """

    registry: Registry
    default: str | None = None
    extra: tuple[str, ...] = ()
    needs_type: bool = True


PLACES = {
    "model": Place(roots.MODELS),
    **{f"model.{part}": Place(roots.MODELS, needs_type=False) for part in ("backbone", "neck", "head", "data_preprocessor")},
    "tta_model": Place(roots.MODELS, needs_type=False),
    "data_preprocessor": Place(roots.MODELS, needs_type=False),
    "*_dataloader.dataset": Place(roots.DATASETS),
    "*_dataloader.sampler": Place(roots.DATA_SAMPLERS),
    "*_dataloader.batch_sampler": Place(roots.DATA_SAMPLERS),
    "*_dataloader.collate_fn": Place(roots.FUNCTIONS),
    "*_dataloader.worker_init_fn": Place(roots.FUNCTIONS),
    "**.pipeline.#": Place(roots.TRANSFORMS),
    "tta_pipeline.#": Place(roots.TRANSFORMS),
    "train_cfg": Place(roots.LOOPS, extra=("by_epoch",), needs_type=False),
    "val_cfg": Place(roots.LOOPS, "ValLoop"),
    "test_cfg": Place(roots.LOOPS, "TestLoop"),
    "optim_wrapper": Place(roots.OPTIM_WRAPPERS, "OptimWrapper", ("optimizer", "constructor", "paramwise_cfg")),
    "optim_wrapper.optimizer": Place(roots.OPTIMIZERS),
    "optim_wrapper.*.optimizer": Place(roots.OPTIMIZERS),
    "param_scheduler": Place(roots.PARAM_SCHEDULERS, extra=("convert_to_iter_based",), needs_type=False),
    "param_scheduler.#": Place(roots.PARAM_SCHEDULERS, extra=("convert_to_iter_based",)),
    "default_hooks.*": Place(roots.HOOKS, extra=("priority",)),
    "custom_hooks.#": Place(roots.HOOKS, extra=("priority",)),
    "*_evaluator": Place(roots.METRICS, needs_type=False),
    "*_evaluator.#": Place(roots.METRICS),
    "*_evaluator.metrics": Place(roots.METRICS, needs_type=False),
    "*_evaluator.metrics.#": Place(roots.METRICS),
    "visualizer": Place(roots.VISUALIZERS),
    "visualizer.vis_backends.#": Place(roots.VISBACKENDS),
    "log_processor": Place(roots.LOG_PROCESSORS, "LogProcessor"),
}
# mmengine builds an evaluator from a dict with `metrics`, and a metric from any other dict.
EVALUATOR = Place(roots.EVALUATOR, "Evaluator")
CLIPPING = ("type", *(name for clip in (clip_grad_norm_, clip_grad_value_) for name in arguments(clip) if name != "parameters"))
# Settings without a class, and their keys.
DICTS: dict[str, Callable | tuple[str, ...]] = {
    "randomness": set_random_seed,
    "auto_scale_lr": ("enable", "base_batch_size"),
    "optim_wrapper.clip_grad": CLIPPING,
    "env_cfg": ("cudnn_benchmark", "mp_cfg", "dist_cfg", "resource_limit"),
    "env_cfg.dist_cfg": ("backend", "timeout", "init_method", "store", "device_id", "pg_options", "group_name", "port"),
    "env_cfg.mp_cfg": ("mp_start_method", "opencv_num_threads"),
}
# mmengine also accepts other types than a dict here.
FREE = ("optim_wrapper", "visualizer", "log_processor", "data_preprocessor")
LOADER = ("dataset", "collate_fn", "num_batch_per_epoch")
PARAMWISE = (
    *("custom_keys", "bias_lr_mult", "bias_decay_mult", "norm_decay_mult", "flat_decay_mult", "dwconv_decay_mult"),
    *("dcn_offset_lr_mult", "bypass_duplicate"),
)
# Keys that mmengine's constructor reads in custom_keys; others become settings of the optimizer's group.
MULTIPLIERS = ("lr_mult", "decay_mult")
# Classes that forward arguments to another class: the argument that names the other class, its default, its registry.
FORWARDING = {EMAHook: ("ema_type", "ExponentialMovingAverage", roots.MODELS)}
# Registries to search if the place of a dict is not in PLACES.
REGISTRIES = (
    *(roots.MODELS, roots.TRANSFORMS, roots.DATASETS, roots.DATA_SAMPLERS, roots.HOOKS, roots.METRICS),
    *(roots.EVALUATOR, roots.VISBACKENDS, roots.VISUALIZERS, roots.FUNCTIONS, roots.TASK_UTILS, BATCH_AUGMENTS),
)
TEXTS = {"load_from": (str, type(None)), "work_dir": (str, type(None)), "resume": (bool,), "experiment_name": (str, type(None))}
CHOICES = {
    "launcher": ("none", "pytorch", "slurm", "mpi"),
    "log_level": ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"),
    "sync_bn": (None, "torch", "mmcv"),
    "env_cfg.mp_cfg.mp_start_method": (None, "fork", "spawn", "forkserver"),
}
# Minimum values that the classes do not check, or check too late. Those that only training needs are in training_checks.py.
LEAST = {
    "*_dataloader.batch_size": 1,
    "*_dataloader.num_workers": 0,
    "*_dataloader.prefetch_factor": 1,
    "*_dataloader.timeout": 0,
    "optim_wrapper.optimizer.lr": 0,
    "optim_wrapper.optimizer.weight_decay": 0,
    "model.backbone.image_size": 1,
    "model.**.loss_weight": 0,
    "model.head.projector.hid_channels": 1,
    "model.head.projector.out_channels": 1,
    "randomness.seed": 0,
}
