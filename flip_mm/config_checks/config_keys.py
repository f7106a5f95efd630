# SPDX-License-Identifier: Apache-2.0
"""Find what is misspelt inside a config's settings, before anything is built: keys, names of classes, types of values."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from math import inf, isnan
from typing import Any

from mmengine import registry as roots
from mmengine.config import Config
from mmengine.optim import DefaultOptimWrapperConstructor
from mmengine.registry import Registry
from torch.utils.data import DataLoader

from .config_parts import flat
from .config_places import (
    CHOICES,
    DICTS,
    FORWARDING,
    FREE,
    LEAST,
    LOADER,
    NESTING,
    PARAMWISE,
    PLACES,
    REGISTRIES,
    SETTINGS,
    TEXTS,
    Place,
)
from .config_values import (
    CUTOFF,
    LISTED,
    did_you_mean,
    refused_by_torch,
    short,
    torch_optimizers,
    wrong_keys,
    wrong_multipliers,
)
from .signatures import SIMPLE, arguments

NAMED = 6


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
    # What is wrong with a setting is reported once.
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
            yield from wrong_keys(key, value, dict.fromkeys(takes, Any) if isinstance(takes, tuple) else arguments(takes), key)
        elif key.endswith("_dataloader") and isinstance(value, Mapping) and "dataset" in value:
            # Looked up in the loader's own `__init__` by mmengine.
            yield from wrong_keys(key, value, {**arguments(DataLoader), **dict.fromkeys(LOADER, Any)}, "a dataloader")
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
            if constructor is DefaultOptimWrapperConstructor or getattr(constructor, "MMENGINES_PARAMWISE_CFG", False):
                yield from wrong_keys(key, value, dict.fromkeys(PARAMWISE, Any), "paramwise_cfg")
                for name, own in (value.get("custom_keys") or {}).items():
                    if isinstance(own, Mapping):
                        yield from wrong_multipliers(f"{key}.custom_keys.{name}", own)
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
                yield f"{key}={short(value)} has no `type`{did_you_mean(key.rpartition('.')[2], self._siblings(key))}"
            elif key == "train_cfg":
                loop = "EpochBasedTrainLoop" if value.get("by_epoch", True) else "IterBasedTrainLoop"
                yield from self._built(key, value, loop, place)
                return
            yield from self._below(key, value, place.registry)
            return
        if key == "optim_wrapper" and "optimizer" not in value and ("type" not in value or _has_several(value)):
            yield from self._below(key, value, place.registry)
            return
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
                yield from wrong_keys(
                    key, value, {**takes, **dict.fromkeys(place.extra, Any)}, getattr(target, "__name__", name)
                )
            if target in torch_optimizers():
                yield from refused_by_torch(key, value, target)
            for own, function in getattr(target, "CONFIG_CALLS", {}).items():
                if isinstance(value.get(own), Mapping) and "type" not in value[own]:
                    yield from wrong_keys(f"{key}.{own}", value[own], arguments(function), own)
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
            meant = did_you_mean(name, self._names(registry), CUTOFF) if registry else ""
            if meant:
                yield f"{key}.type={name!r} is not registered{meant}"
        yield from self._below(key, value, registry, checked)

    def _ranges(self) -> Iterator[str]:
        for key, value in flat(dict(self.cfg.items())):
            if not isinstance(value, (bool, int, float, str)):
                continue
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
        return did_you_mean(bare, names) or f"{known}, is a module missing in custom_imports?"

    def _names(self, registry: Registry) -> list[str]:
        child = registry.children.get(self.scope, registry)
        return sorted({*registry.module_dict, *child.module_dict})

    def _siblings(self, key: str) -> list[str]:
        parent = self.cfg
        for part in key.split(".")[:-1]:
            parent = parent[int(part) if part.isdecimal() else part]
        items = parent.items() if isinstance(parent, Mapping) else ()
        return [name for name, value in items if isinstance(value, Mapping) and "type" in value]


def _has_several(optim_wrapper: Mapping) -> bool:
    """Whether an optimizer wrapper's config is that of several optimizers by name."""
    return any(isinstance(part, Mapping) and "optimizer" in part for part in optim_wrapper.values())


def _is_subclass(target: Any, kind: type) -> bool:
    return inspect.isclass(target) and issubclass(target, kind)


def _builds_as_is(target: Any) -> bool:
    """Whether a class hands the dicts among its arguments to the registry as they are."""
    name = getattr(target, "__name__", "")
    return name in NESTING or getattr(target, "__module__", "").startswith("flip_mm.")


@cache
def _pattern(pattern: str) -> re.Pattern:
    """A ``*`` stands for one part of a dotted key or a piece of it, ``**`` for any parts, ``#`` for a place in a list."""
    return re.compile(re.escape(pattern).replace(r"\*\*", ".+").replace(r"\*", "[^.]*").replace(r"\#", r"\d+"))


def _matching(key: str, table: Mapping[str, Any]) -> Any:
    """The entry of a table whose pattern a key fits; None if there is none."""
    return next((entry for pattern, entry in table.items() if _pattern(pattern).fullmatch(key)), None)
