# SPDX-License-Identifier: Apache-2.0
"""Find hooks, schedulers, classes and options in a config."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.evaluator import Evaluator
from mmengine.optim import _ParamScheduler
from mmengine.registry import Registry

LIBRARIES = ("mmengine", "mmpretrain", "flip_mm")


def named_hooks(cfg: Mapping) -> Iterator[tuple[str, Mapping]]:
    """Yield ``'default_hooks.checkpoint'`` or ``'custom_hooks.0'``, and the hook's config, without built hooks and None."""
    hooks = [(f"default_hooks.{name}", hook) for name, hook in (cfg.get("default_hooks") or {}).items()]
    hooks += [(f"custom_hooks.{number}", hook) for number, hook in enumerate(cfg.get("custom_hooks") or [])]
    yield from ((key, hook) for key, hook in hooks if isinstance(hook, Mapping))


def named_schedulers(value: Any, key: str = "param_scheduler") -> Iterator[tuple[str, Mapping]]:
    """Yield ``'param_scheduler.0'`` and the scheduler's config, at any depth, without built schedulers.

    Args:
        value: None, a scheduler, a list of them, or optimizer -> such a value.
        key: Key of the value.

    Raises:
        ValueError: Something in it is no scheduler.
    """
    if isinstance(value, Mapping) and "type" in value:
        yield key, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from named_schedulers(part, f"{key}.{name}")
    elif isinstance(value, (list, tuple)):
        for number, part in enumerate(value):
            yield from named_schedulers(part, f"{key}.{number}")
    elif value is not None and not isinstance(value, _ParamScheduler):
        raise ValueError(f"{key}: a scheduler is a dict with 'type', got {value!r}.")


def metrics_of(evaluator: Any) -> Iterator[Mapping]:
    """Yield the configs of all metrics of an evaluator; of built metrics their class and prefix.

    Args:
        evaluator: A metric, a list of metrics, a dict with ``metrics``, or a built evaluator.
    """
    if isinstance(evaluator, Mapping) and "metrics" in evaluator:
        evaluator = evaluator["metrics"]
    elif isinstance(evaluator, Evaluator):
        evaluator = evaluator.metrics
    for metric in evaluator if isinstance(evaluator, (list, tuple)) else [evaluator]:
        yield metric if isinstance(metric, Mapping) else {"type": type(metric), "prefix": getattr(metric, "prefix", None)}


def class_of(part: Mapping, registry: Registry) -> type | None:
    """Return the class that a config names; None if there is no such class."""
    kind = part.get("type")
    kind = registry.get(kind) if isinstance(kind, str) else kind
    return kind if isinstance(kind, type) else None


def type_name(part: Mapping) -> str:
    """Return the name of a config's type."""
    kind = part.get("type")
    return kind if isinstance(kind, str) else getattr(kind, "__name__", repr(kind))


def option(part: Mapping, kind: type | None, name: str) -> Any:
    """Return an option of the config, or its default in the class or its bases."""
    if name in part:
        return part[name]
    return options_of(kind).get(name)


def options_of(kind: type | None) -> dict[str, Any]:
    """Return the options of a class and its bases with their defaults; None if there is no default."""
    options: dict[str, Any] = {}
    for base in kind.__mro__ if kind else ():
        if "__init__" in vars(base):
            for name, parameter in inspect.signature(base.__init__).parameters.items():
                options.setdefault(name, None if parameter.default is parameter.empty else parameter.default)
    return options


def is_standard_option(kind: type | None, name: str) -> bool:
    """Return whether an option is defined in mmengine, MMPretrain or this project.

    In other classes ``interval`` may be seconds, and ``epoch_length`` a number of iterations.

    Args:
        kind: The class that a config names.
        name: The option. If no signature contains it, it counts as an option of ``kind``: ``EMAHook`` forwards several.
    """
    bases = [base for base in kind.__mro__ if "__init__" in vars(base)] if kind else []
    owner = next((base for base in bases if name in inspect.signature(base.__init__).parameters), kind)
    return owner is not None and owner.__module__.partition(".")[0] in LIBRARIES


def flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and the values that are no mapping, list or tuple."""
    if isinstance(value, (Mapping, list, tuple)):
        for name, part in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from flat(part, f"{key}.{name}".lstrip("."))
    else:
        yield key, value
