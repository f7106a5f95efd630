# SPDX-License-Identifier: Apache-2.0
"""The hooks and schedulers of a config, each with the key under which it stands."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.optim import _ParamScheduler
from mmengine.registry import Registry

LIBRARIES = ("mmengine", "mmpretrain", "flip_mm")


def named_hooks(cfg: Mapping) -> Iterator[tuple[str, Mapping]]:
    """``'default_hooks.checkpoint'`` or ``'custom_hooks.0'``, and the hook's config; built hooks and None are left out."""
    own = [(f"default_hooks.{name}", hook) for name, hook in (cfg.get("default_hooks") or {}).items()]
    own += [(f"custom_hooks.{number}", hook) for number, hook in enumerate(cfg.get("custom_hooks") or [])]
    yield from ((key, hook) for key, hook in own if isinstance(hook, Mapping))


def named_schedulers(value: Any, key: str = "param_scheduler") -> Iterator[tuple[str, Mapping]]:
    """``'param_scheduler.0'`` and the scheduler's config, however deep they are nested; built ones are left out.

    Args:
        value: None, a scheduler, a list of them, or optimizer -> such a value.
        key: Where it stands.

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


def class_of(part: Mapping, registry: Registry) -> type | None:
    """The class that a config names; None where there is none of that name."""
    kind = part.get("type")
    kind = registry.get(kind) if isinstance(kind, str) else kind
    return kind if isinstance(kind, type) else None


def type_name(part: Mapping) -> str:
    """What a config names as its type, in words."""
    kind = part.get("type")
    return kind if isinstance(kind, str) else getattr(kind, "__name__", repr(kind))


def option(part: Mapping, kind: type | None, name: str) -> Any:
    """The value of an option: the config's, or else the default of the class or of one that it is derived from."""
    if name in part:
        return part[name]
    return options_of(kind).get(name)


def options_of(kind: type | None) -> dict[str, Any]:
    """The options of a class and of those that it is derived from, and their defaults; None where there is no default."""
    found: dict[str, Any] = {}
    for base in kind.__mro__ if kind else ():
        if "__init__" in vars(base):
            for name, parameter in inspect.signature(base.__init__).parameters.items():
                found.setdefault(name, None if parameter.default is parameter.empty else parameter.default)
    return found


def is_standard_option(kind: type | None, name: str) -> bool:
    """Whether an option means what mmengine, MMPretrain and this project mean by its name.

    In a class of one's own ``interval`` may be seconds, and ``epoch_length`` a number of iterations.

    Args:
        kind: The class that a config names.
        name: The option; one that no signature lists is taken for the class's own, as ``EMAHook`` passes several on.
    """
    bases = [base for base in kind.__mro__ if "__init__" in vars(base)] if kind else []
    whose = next((base for base in bases if name in inspect.signature(base.__init__).parameters), kind)
    return whose is not None and whose.__module__.partition(".")[0] in LIBRARIES


def flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and the values that are neither a mapping nor a list or tuple."""
    if isinstance(value, (Mapping, list, tuple)):
        for name, part in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from flat(part, f"{key}.{name}".lstrip("."))
    else:
        yield key, value
