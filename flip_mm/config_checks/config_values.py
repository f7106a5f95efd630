# SPDX-License-Identifier: Apache-2.0
"""Check the keys and values of one dict of a config."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import torch

from flip_mm.utils.nearest import did_you_mean
from flip_mm.utils.text import first_few

from .config_places import MULTIPLIERS
from .signatures import Numeric, mismatch

LISTED = 12
# A `type` that may mean something else is reported only if it is this similar to a registered name.
CUTOFF = 0.8


@cache
def torch_optimizers() -> frozenset[type]:
    """Return all optimizers of torch."""
    classes = (item for item in vars(torch.optim).values() if inspect.isclass(item))
    return frozenset(item for item in classes if issubclass(item, torch.optim.Optimizer))


def refused_by_torch(key: str, value: Mapping, optimizer: type) -> Iterator[str]:
    """Build an optimizer of torch, which checks its settings, and yield its error message."""
    settings = {name: given for name, given in value.items() if name != "type" and not name.startswith("_")}
    if any(isinstance(given, (int, float)) and given < 0 for given in settings.values()):
        return  # config_places.LEAST reports them
    try:
        optimizer([torch.nn.Parameter(torch.zeros(1))], **settings)
    except ValueError as error:
        yield f"{key}={short(settings)}: {optimizer.__name__} says {str(error)!r}"
    except (TypeError, RuntimeError):
        return  # wrong_keys reports names and types


def wrong_keys(key: str, value: Mapping, takes: Mapping[str, Any], who: str) -> Iterator[str]:
    """Yield keys that are not accepted, and values of a wrong type."""
    for name, given in value.items():
        if name == "type" or str(name).startswith("_"):  # _delete_, _scope_
            continue
        if name not in takes:
            suggestion = did_you_mean(name, takes) or f" (it takes {_listed(takes) or 'none'})"
            yield f"{key}.{name}={short(given)}: {who} has no such setting{suggestion}"
        elif not isinstance(given, Mapping) and name != "init_cfg" and (expected := mismatch(given, takes[name])):
            yield f"{key}.{name}={short(given)} must be {expected}"


def wrong_multipliers(key: str, value: Mapping) -> Iterator[str]:
    """Check the options of one of an optimizer's custom_keys."""
    for name, given in value.items():
        if name in MULTIPLIERS:
            if expected := mismatch(given, Numeric):
                yield f"{key}.{name}={given!r} must be {expected}"
        elif suggestion := did_you_mean(name, MULTIPLIERS, CUTOFF):
            yield f"{key}.{name}={short(given)}: custom_keys has no such setting{suggestion}"


def _listed(names: Any) -> str:
    shown = [str(name) for name in names if name not in ("self", "runner", "dataloader", "params", "optimizer")]
    return first_few(shown, LISTED)


def short(value: Any) -> str:
    """Return a value as Python code, cut to 60 characters."""
    text = repr(dict(value) if isinstance(value, Mapping) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
