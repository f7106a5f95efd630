# SPDX-License-Identifier: Apache-2.0
"""Find misspelt keys, misspelt class names and values of a wrong type in a config's settings."""

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

from flip_mm.utils.text import first_few

from .config_parts import flat
from .config_places import (
    CHOICES,
    DICTS,
    EVALUATOR,
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
    """Compare a config with the classes that its types name.

    Some things cannot be checked and are accepted: classes that take any argument, values without a simple annotation, dicts
    with a ``type`` that is registered nowhere.

    Args:
        cfg: The config.

    Raises:
        ValueError: There is a key that its class does not take, a type that is registered nowhere, or a value of another type
            or below the minimum. The message lists them with their full keys.
    """
    # One problem per setting.
    problems = list({problem.partition("=")[0]: problem for problem in reversed([*_Walk(cfg).problems()])}.values())[::-1]
    if problems:
        raise ValueError(f"{cfg.filename or 'config'}: {first_few(problems, NAMED, '; ')}.")


class _Walk:
    """Walks through a config and yields a message for each problem."""

    def __init__(self, cfg: Config) -> None:
        self.cfg = cfg
        self.scope = cfg.get("default_scope") or "mmpretrain"

    def problems(self) -> Iterator[str]:
        """Check the whole config."""
        if self.scope != "mmengine" and self.scope not in roots.MODELS.children:
            try:
                import_module(f"{self.scope}.registry")
            except ImportError:
                yield f"default_scope={self.scope!r} must be a package with registries, such as 'mmpretrain'"
                return
        for name, value in self.cfg.items():
            if name in SETTINGS:
                yield from self._setting(name, value)
        yield from self._ranges()

    def _setting(self, key: str, value: Any) -> Iterator[str]:
        """Check a setting of the runner and everything in it."""
        if key in DICTS and isinstance(value, Mapping):
            takes = DICTS[key]
            yield from wrong_keys(key, value, dict.fromkeys(takes, Any) if isinstance(takes, tuple) else arguments(takes), key)
        elif key.endswith("_dataloader") and isinstance(value, Mapping) and "dataset" in value:
            # mmengine compares them with the arguments of `DataLoader`.
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
            constructor = self._constructor()
            if constructor is DefaultOptimWrapperConstructor or getattr(constructor, "MMENGINES_PARAMWISE_CFG", False):
                yield from wrong_keys(key, value, dict.fromkeys(PARAMWISE, Any), "paramwise_cfg")
                for name, options in (value.get("custom_keys") or {}).items():
                    if isinstance(options, Mapping):
                        yield from wrong_multipliers(f"{key}.custom_keys.{name}", options)
                    else:
                        yield f"{key}.custom_keys.{name}={options!r} must be a dict, e.g. dict(lr_mult=0.1)"
            return
        elif place := _matching(key, PLACES):
            yield from self._part(key, value, place)
            return
        yield from self._below(key, value, None)

    def _part(self, key: str, value: Any, place: Place) -> Iterator[str]:
        """Check a part that is built from a registry at a known place."""
        if not isinstance(value, Mapping):
            in_list = key.rpartition(".")[2].isdecimal() and isinstance(value, (list, tuple))
            if in_list or (isinstance(value, (str, bool, int, float)) and key not in FREE):
                yield f"{key}={value!r} must be a dict with a `type`"
            yield from self._below(key, value, place.registry)
            return
        if key.endswith("_evaluator") and "metrics" in value:
            place = EVALUATOR
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
        """Compare a part with the class or function that its ``type`` names."""
        target = self._find(place.registry, name) if isinstance(name, str) else name
        if target is None:
            yield f"{key}.type={name!r} is not registered under {place.registry.name!r}{self._instead(name, place.registry)}"
        elif callable(target):
            takes = arguments(target)
            if forwarding := next((entry for kind, entry in FORWARDING.items() if _is_subclass(target, kind)), None):
                takes = self._with_forwarded(value, target, *forwarding)
            if takes is not None:
                extra = (*place.extra, *self._dropped(place))
                yield from wrong_keys(key, value, {**takes, **dict.fromkeys(extra, Any)}, getattr(target, "__name__", name))
            if target in torch_optimizers():
                yield from refused_by_torch(key, value, target)
            for option, function in getattr(target, "CONFIG_CALLS", {}).items():
                if isinstance(value.get(option), Mapping) and "type" not in value[option]:
                    yield from wrong_keys(f"{key}.{option}", value[option], arguments(function), option)
        else:
            yield f"{key}.type={name!r} must be the name of a class"
        yield from self._below(key, value, place.registry, _builds_unchanged(target))

    def _constructor(self) -> Any:
        """The class that builds the optimizer; None if it is not registered."""
        name = self.cfg.optim_wrapper.get("constructor", DefaultOptimWrapperConstructor.__name__)
        return self._find(roots.OPTIM_WRAPPER_CONSTRUCTORS, name) if isinstance(name, str) else name

    def _dropped(self, place: Place) -> tuple[str, ...]:
        """Options that the constructor removes where the optimizer does not take them."""
        return ("fused",) if place.registry is roots.OPTIMIZERS and getattr(self._constructor(), "DROPS_FUSED", False) else ()

    def _with_forwarded(self, value: Mapping, target: type, key: str, default: str, registry: Registry) -> Mapping | None:
        """Arguments of a class and of the class that it forwards the rest to; None if any name is possible."""
        name = value.get(key, default)
        other = self._find(registry, name) if isinstance(name, str) else name
        takes = arguments(other) if callable(other) else None
        parameters = inspect.signature(target).parameters
        named = {name: Any for name, parameter in parameters.items() if parameter.kind is not parameter.VAR_KEYWORD}
        return None if takes is None else {**takes, **named}

    def _below(self, key: str, value: Any, registry: Registry | None, checked: bool = False) -> Iterator[str]:
        """Check dicts and lists inside a setting; ``checked``: their class builds them unchanged."""
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
        """Check a dict at a place that only its class knows; its `type` may be registered."""
        name = value.get("type") if isinstance(value, Mapping) else None
        # Builders remove keys from norm_cfg, init_cfg and the like.
        if isinstance(name, str) and not any(part.endswith("_cfg") for part in key.split(".")[1:]):
            searched = (*([registry] if registry else []), *REGISTRIES)
            containing = next((one for one in searched if self._find(one, name) is not None), None)
            if containing is not None:
                if checked:
                    yield from self._built(key, value, name, Place(containing))
                else:
                    yield from self._below(key, value, containing, _builds_unchanged(self._find(containing, name)))
                return
            suggestion = did_you_mean(name, self._names(registry), CUTOFF) if registry else ""
            if suggestion:
                yield f"{key}.type={name!r} is not registered{suggestion}"
        yield from self._below(key, value, registry, checked)

    def _ranges(self) -> Iterator[str]:
        """Check the minimum of numbers."""
        for key, value in flat(dict(self.cfg.items())):
            if not isinstance(value, (bool, int, float, str)):
                continue
            if isinstance(value, float) and isnan(value):
                yield f"{key}={value!r} must be a number"
                continue
            least = _matching(key, LEAST)
            if least is None or isinstance(value, bool):
                continue
            if isinstance(value, str):
                yield f"{key}={value!r} must be a number of at least {least}"
                continue
            if value < least:
                yield f"{key}={value!r} must be at least {least}"
            elif value == inf:
                yield f"{key}={value!r} must be finite"

    def _find(self, registry: Registry, name: str) -> Any:
        """The class with a name, first in the config's scope, then in mmengine, as the runner does."""
        try:
            return registry.children.get(self.scope, registry).get(name)
        except (KeyError, ImportError, AttributeError):
            return None

    def _instead(self, name: str, registry: Registry) -> str:
        """A suggestion for a name that is not registered, with a comma before it."""
        scope, _, bare = name.rpartition(".")
        if scope and self._find(registry, bare) is not None:
            return f", but {bare!r} is: remove '{scope}.'"
        names = self._names(registry)
        registered = f" (registered are {', '.join(names)})" if len(names) <= LISTED else ""
        return did_you_mean(bare, names) or f"{registered}, is a module missing in custom_imports?"

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
    """Whether an optimizer wrapper's config contains several optimizers by name."""
    return any(isinstance(part, Mapping) and "optimizer" in part for part in optim_wrapper.values())


def _is_subclass(target: Any, kind: type) -> bool:
    return inspect.isclass(target) and issubclass(target, kind)


def _builds_unchanged(target: Any) -> bool:
    """Whether a class gives the dicts among its arguments unchanged to the registry."""
    name = getattr(target, "__name__", "")
    return name in NESTING or getattr(target, "__module__", "").startswith("flip_mm.")


@cache
def _pattern(pattern: str) -> re.Pattern:
    """Compile a pattern: ``*`` matches one part of a dotted key or a piece of it, ``**`` any parts, ``#`` a number."""
    return re.compile(re.escape(pattern).replace(r"\*\*", ".+").replace(r"\*", "[^.]*").replace(r"\#", r"\d+"))


def _matching(key: str, table: Mapping[str, Any]) -> Any:
    """The first entry of a table with a pattern that matches a key; None if there is none."""
    return next((entry for pattern, entry in table.items() if _pattern(pattern).fullmatch(key)), None)
