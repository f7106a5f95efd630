# SPDX-License-Identifier: Apache-2.0
"""Find what is misspelt inside a config's settings, before anything is built: keys, names of classes, types of values."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from math import inf, isnan
from typing import Any, NamedTuple

import torch
from mmengine import registry as roots
from mmengine.config import Config
from mmengine.hooks import EMAHook
from mmengine.optim import DefaultOptimWrapperConstructor
from mmengine.registry import Registry
from mmengine.runner import Runner, set_random_seed
from mmpretrain.registry import BATCH_AUGMENTS
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.utils.data import DataLoader

from .signatures import SIMPLE, Numeric, arguments, mismatch
from .trainable_constructor import TrainableOptimWrapperConstructor

NAMED = 6
LISTED = 12
# Similar enough to a registered name to be a slip where a dict's `type` may mean something else.
CUTOFF = 0.8


SETTINGS = frozenset({*inspect.signature(Runner).parameters, "tta_model", "tta_pipeline", "sync_bn"})
# Transforms that build the ones in their `transforms` as they are; others take keys away before.
NESTING = ("Compose", "MultiView", "RandomApply", "RandomChoice")


class Place(NamedTuple):
    """What a setting of the runner is made of.

    Attributes:
        registry: Where its ``type`` is looked up.
        default: ``type`` where none is given.
        extra: Keys that mmengine reads besides those of the class.
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
    "param_scheduler": Place(roots.PARAM_SCHEDULERS, extra=("convert_to_iter_based",), needs_type=False),
    "param_scheduler.#": Place(roots.PARAM_SCHEDULERS, extra=("convert_to_iter_based",)),
    "default_hooks.*": Place(roots.HOOKS, extra=("priority",)),
    "custom_hooks.#": Place(roots.HOOKS, extra=("priority",)),
    "*_evaluator": Place(roots.METRICS, needs_type=False),
    "*_evaluator.#": Place(roots.METRICS),
    "visualizer": Place(roots.VISUALIZERS),
    "visualizer.vis_backends.#": Place(roots.VISBACKENDS),
    "log_processor": Place(roots.LOG_PROCESSORS, "LogProcessor"),
}
CLIPPING = ("type", *(name for clip in (clip_grad_norm_, clip_grad_value_) for name in arguments(clip) if name != "parameters"))
# Settings that are no classes, and what they take.
DICTS: dict[str, Callable | tuple[str, ...]] = {
    "randomness": set_random_seed,
    "auto_scale_lr": ("enable", "base_batch_size"),
    "optim_wrapper.clip_grad": CLIPPING,
    "env_cfg": ("cudnn_benchmark", "mp_cfg", "dist_cfg", "resource_limit"),
    "env_cfg.dist_cfg": ("backend", "timeout", "init_method", "store", "device_id", "pg_options", "group_name", "port"),
    "env_cfg.mp_cfg": ("mp_start_method", "opencv_num_threads"),
}
# Of these mmengine takes other forms, too.
FREE = ("optim_wrapper", "visualizer", "log_processor", "data_preprocessor")
LOADER = ("dataset", "collate_fn", "num_batch_per_epoch")
PARAMWISE = (
    *("custom_keys", "bias_lr_mult", "bias_decay_mult", "norm_decay_mult", "flat_decay_mult", "dwconv_decay_mult"),
    *("dcn_offset_lr_mult", "bypass_duplicate"),
)
# What mmengine's constructor reads of each of the custom_keys; others become settings of the optimizer's group.
MULTIPLIERS = ("lr_mult", "decay_mult")
# Classes that keep what they do not name for another one: their argument that names it, what it is by default, its registry.
FORWARDING = {EMAHook: ("ema_type", "ExponentialMovingAverage", roots.MODELS)}
# Where a dict's `type` may come from when its place does not tell.
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
# Least values, where the classes themselves say nothing or too late. Those of a training alone are in training_checks.py.
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


def check_keys(cfg: Config) -> None:
    """Walk through a config and compare it with the classes that its types name.

    Whatever cannot be told from outside passes: classes that take any argument, values without a simple annotation, dicts
    whose ``type`` is registered nowhere.

    Args:
        cfg: The config.

    Raises:
        ValueError: A key that its class does not take, a type that is registered nowhere, a value of another type or below
            the least one. All of them are named with their full keys.
    """
    # What is wrong with a setting is told once.
    problems = list({problem.partition("=")[0]: problem for problem in reversed([*_Walk(cfg).problems()])}.values())[::-1]
    if problems:
        more = f"; and {len(problems) - NAMED} more" if len(problems) > NAMED else ""
        raise ValueError(f"{cfg.filename or 'config'}: {'; '.join(problems[:NAMED])}{more}.")


class _Walk:
    """One walk through a config; yields what is wrong, in words."""

    def __init__(self, cfg: Config) -> None:
        self.cfg = cfg
        self.scope = cfg.get("default_scope") or "mmpretrain"

    def problems(self) -> Iterator[str]:
        """Of the whole config."""
        if self.scope != "mmengine" and self.scope not in roots.MODELS.children:
            try:
                import_module(f"{self.scope}.registry")
            except ImportError:
                yield f"default_scope={self.scope!r} is no package with registries, as 'mmpretrain' is"
                return
        for name, value in self.cfg.items():
            if name in SETTINGS:
                yield from self._setting(name, value)
        yield from self._ranges()

    def _setting(self, key: str, value: Any) -> Iterator[str]:
        """A setting of the runner, with what lies below it."""
        if key in DICTS and isinstance(value, Mapping):
            takes = DICTS[key]
            yield from _keys(key, value, dict.fromkeys(takes, Any) if isinstance(takes, tuple) else arguments(takes), key)
        elif key.endswith("_dataloader") and isinstance(value, Mapping) and "dataset" in value:
            # Looked up in the loader's own `__init__` by mmengine.
            yield from _keys(key, value, {**arguments(DataLoader), **dict.fromkeys(LOADER, Any)}, "a dataloader")
        elif key == "default_hooks" and not isinstance(value, (Mapping, type(None))):
            yield f"{key}={value!r} must be a dict of hooks by name"
        elif key == "custom_hooks" and not isinstance(value, (list, tuple, type(None))):
            yield f"{key}={value!r} must be a list of dicts with a `type`"
        elif key in DICTS and value is not None:
            yield f"{key}={value!r} must be a dict"
        elif key in TEXTS and not isinstance(value, TEXTS[key]):
            yield f"{key}={value!r} must be {SIMPLE[TEXTS[key][0]]}"
        elif key in CHOICES and value not in CHOICES[key]:
            yield f"{key}={value!r} must be one of {', '.join(map(repr, CHOICES[key]))}"
        elif key == "optim_wrapper.paramwise_cfg" and isinstance(value, Mapping):
            name = self.cfg.optim_wrapper.get("constructor", DefaultOptimWrapperConstructor.__name__)
            constructor = self._find(roots.OPTIM_WRAPPER_CONSTRUCTORS, name) if isinstance(name, str) else name
            if constructor in (DefaultOptimWrapperConstructor, TrainableOptimWrapperConstructor):
                yield from _keys(key, value, dict.fromkeys(PARAMWISE, Any), "paramwise_cfg")
                for name, own in (value.get("custom_keys") or {}).items():
                    if isinstance(own, Mapping):
                        yield from _multipliers(f"{key}.custom_keys.{name}", own)
                    else:
                        yield f"{key}.custom_keys.{name}={own!r} must be a dict, e.g. dict(lr_mult=0.1)"
            return
        elif place := _matching(key, PLACES):
            yield from self._part(key, value, place)
            return
        yield from self._below(key, value, None)

    def _part(self, key: str, value: Any, place: Place) -> Iterator[str]:
        """What is built from a registry at a known place."""
        if not isinstance(value, Mapping):
            in_list = key.rpartition(".")[2].isdecimal() and isinstance(value, (list, tuple))
            if in_list or (isinstance(value, (str, bool, int, float)) and key not in FREE):
                yield f"{key}={value!r} must be a dict with a `type`"
            yield from self._below(key, value, place.registry)
            return
        name = value.get("type", place.default)
        if name is None:
            if "type" in value or (place.needs_type and key != "optim_wrapper"):
                yield f"{key}={_short(value)} has no `type`{_meant(key.rpartition('.')[2], self._siblings(key))}"
            elif key == "train_cfg":
                loop = "EpochBasedTrainLoop" if value.get("by_epoch", True) else "IterBasedTrainLoop"
                yield from self._built(key, value, loop, place)
                return
            yield from self._below(key, value, place.registry)
            return
        if key == "optim_wrapper" and "type" not in value and "optimizer" not in value:
            return  # several optimizers by name, for a constructor of one's own
        if key == "optim_wrapper" and value.get("optimizer", {}) is None:
            yield f"{key}.optimizer=None must be a dict with a `type`"
        yield from self._built(key, value, name, place)

    def _built(self, key: str, value: Mapping, name: Any, place: Place) -> Iterator[str]:
        target = self._find(place.registry, name) if isinstance(name, str) else name
        if target is None:
            yield f"{key}.type={name!r} is not registered under {place.registry.name!r}{self._instead(name, place.registry)}"
        elif callable(target):
            takes = arguments(target)
            if forwarding := next((own for kind, own in FORWARDING.items() if _is_subclass(target, kind)), None):
                takes = self._with_forwarded(value, target, *forwarding)
            if takes is not None:
                yield from _keys(key, value, {**takes, **dict.fromkeys(place.extra, Any)}, getattr(target, "__name__", name))
            if target in _torch_optimizers():
                yield from _tried(key, value, target)
            for own, function in getattr(target, "CONFIG_CALLS", {}).items():
                if isinstance(value.get(own), Mapping) and "type" not in value[own]:
                    yield from _keys(f"{key}.{own}", value[own], arguments(function), own)
        else:
            yield f"{key}.type={name!r} must be the name of a class"
        yield from self._below(key, value, place.registry, _builds_as_is(target))

    def _with_forwarded(self, value: Mapping, target: type, key: str, default: str, registry: Registry) -> Mapping | None:
        """Arguments of a class together with those of the one that it hands the rest to; None where any name may be meant."""
        name = value.get(key, default)
        other = self._find(registry, name) if isinstance(name, str) else name
        takes = arguments(other) if callable(other) else None
        own = inspect.signature(target).parameters
        return None if takes is None else {**takes, **{name: Any for name, p in own.items() if p.kind is not p.VAR_KEYWORD}}

    def _below(self, key: str, value: Any, registry: Registry | None, checked: bool = False) -> Iterator[str]:
        """Dicts and lists inside a setting; those whose class builds them without taking keys away are ``checked``."""
        items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, (list, tuple)) else ()
        for name, inner in items:
            path = f"{key}.{name}"
            if inner is None:
                continue
            if path in (*DICTS, *CHOICES, "optim_wrapper.paramwise_cfg") or _matching(path, PLACES):
                yield from self._setting(path, inner)
            else:
                yield from self._nested(path, inner, registry, checked)

    def _nested(self, key: str, value: Any, registry: Registry | None, checked: bool) -> Iterator[str]:
        """A dict at a place that only its class knows, with a `type` that may be registered."""
        name = value.get("type") if isinstance(value, Mapping) else None
        # Of norm_cfg, init_cfg and the like the builders take keys away before they build.
        if isinstance(name, str) and not any(part.endswith("_cfg") for part in key.split(".")[1:]):
            searched = (*([registry] if registry else []), *REGISTRIES)
            found = next((own for own in searched if self._find(own, name) is not None), None)
            if found is not None:
                if checked:
                    yield from self._built(key, value, name, Place(found))
                else:
                    yield from self._below(key, value, found, _builds_as_is(self._find(found, name)))
                return
            meant = _meant(name, self._names(registry), CUTOFF) if registry else ""
            if meant:
                yield f"{key}.type={name!r} is not registered{meant}"
        yield from self._below(key, value, registry, checked)

    def _ranges(self) -> Iterator[str]:
        for key, value in _plain(dict(self.cfg.items()), ""):
            if isinstance(value, float) and isnan(value):
                yield f"{key}={value!r} must be a number, and nan is none"
                continue
            least = _matching(key, LEAST)
            if least is None or isinstance(value, bool):
                continue
            if isinstance(value, str):
                yield f"{key}={value!r} must be a number from {least}"
                continue
            if value < least:
                yield f"{key}={value!r} must be at least {least}"
            elif value == inf:
                yield f"{key}={value!r} must be finite"

    def _find(self, registry: Registry, name: str) -> Any:
        """The class of a name, looked up as the runner will: in the config's scope, then in mmengine."""
        try:
            return registry.children.get(self.scope, registry).get(name)
        except (KeyError, ImportError, AttributeError):
            return None

    def _instead(self, name: str, registry: Registry) -> str:
        """What may have been meant by a name that is not registered, with the comma before it."""
        scope, _, bare = name.rpartition(".")
        if scope and self._find(registry, bare) is not None:
            return f", and {bare!r} is: leave out '{scope}.'"
        names = self._names(registry)
        known = f" (registered are {', '.join(names)})" if len(names) <= LISTED else ""
        return _meant(bare, names) or f"{known}, is a module missing in custom_imports?"

    def _names(self, registry: Registry) -> list[str]:
        child = registry.children.get(self.scope, registry)
        return sorted({*registry.module_dict, *child.module_dict})

    def _siblings(self, key: str) -> list[str]:
        parent = self.cfg
        for part in key.split(".")[:-1]:
            parent = parent[int(part) if part.isdecimal() else part]
        items = parent.items() if isinstance(parent, Mapping) else ()
        return [name for name, value in items if isinstance(value, Mapping) and "type" in value]


@cache
def _torch_optimizers() -> frozenset[type]:
    own = (item for item in vars(torch.optim).values() if inspect.isclass(item))
    return frozenset(item for item in own if issubclass(item, torch.optim.Optimizer))


def _tried(key: str, value: Mapping, optimizer: type) -> Iterator[str]:
    """What torch's optimizers say of their own settings: building one costs nothing."""
    settings = {name: given for name, given in value.items() if name != "type" and not name.startswith("_")}
    if any(isinstance(given, (int, float)) and given < 0 for given in settings.values()):
        return  # told by LEAST
    try:
        optimizer([torch.nn.Parameter(torch.zeros(1))], **settings)
    except ValueError as error:
        yield f"{key}={_short(settings)}: {optimizer.__name__} says {str(error)!r}"
    except (TypeError, RuntimeError):
        return  # names and types are compared elsewhere


def _is_subclass(target: Any, kind: type) -> bool:
    return inspect.isclass(target) and issubclass(target, kind)


def _builds_as_is(target: Any) -> bool:
    """Whether a class hands the dicts among its arguments to the registry as they are."""
    name = getattr(target, "__name__", "")
    return name in NESTING or getattr(target, "__module__", "").startswith("flip_mm.")


def _keys(key: str, value: Mapping, takes: Mapping[str, Any], who: str) -> Iterator[str]:
    """Keys that are not taken, and values of another type."""
    for name, given in value.items():
        if name == "type" or str(name).startswith("_"):  # marks of the config language
            continue
        if name not in takes:
            meant = _meant(name, takes) or f" (it takes {_listed(takes) or 'none'})"
            yield f"{key}.{name}={_short(given)}: {who} has no such setting{meant}"
        elif not isinstance(given, Mapping) and name != "init_cfg" and (wanted := mismatch(given, takes[name])):
            yield f"{key}.{name}={_short(given)} must be {wanted}"


def _multipliers(key: str, value: Mapping) -> Iterator[str]:
    """What is wrong with one of the custom_keys of an optimizer."""
    for name, given in value.items():
        if name in MULTIPLIERS:
            if wanted := mismatch(given, Numeric):
                yield f"{key}.{name}={given!r} must be {wanted}"
        elif meant := _meant(name, MULTIPLIERS, CUTOFF):
            yield f"{key}.{name}={_short(given)}: custom_keys has no such setting{meant}"


def _plain(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _plain(inner, f"{key}.{name}".lstrip("."))
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value):
            yield from _plain(inner, f"{key}.{number}")
    elif isinstance(value, (bool, int, float, str)):
        yield key, value


@cache
def _pattern(pattern: str) -> re.Pattern:
    """A ``*`` stands for one part of a dotted key or a piece of it, ``**`` for any parts, ``#`` for a place in a list."""
    return re.compile(re.escape(pattern).replace(r"\*\*", ".+").replace(r"\*", "[^.]*").replace(r"\#", r"\d+"))


def _matching(key: str, table: Mapping[str, Any]) -> Any:
    """The entry of a table whose pattern a key fits; None if there is none."""
    return next((entry for pattern, entry in table.items() if _pattern(pattern).fullmatch(key)), None)


def _meant(name: str, names: Any, cutoff: float = 0.6) -> str:
    """', did you mean lr?'; empty where nothing is like it."""
    close = get_close_matches(name, [str(own) for own in names], n=2, cutoff=cutoff)
    return f", did you mean {' or '.join(close)}?" if close else ""


def _listed(names: Any) -> str:
    known = [str(name) for name in names if name not in ("self", "runner", "dataloader", "params", "optimizer")]
    return ", ".join(known[:LISTED]) + (" ..." if len(known) > LISTED else "")


def _short(value: Any) -> str:
    text = repr(dict(value) if isinstance(value, Mapping) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
