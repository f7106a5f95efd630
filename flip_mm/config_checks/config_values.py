# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the keys and values of one dict of a config, in words."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import torch

from flip_mm.utils.nearest import did_you_mean

from .config_places import MULTIPLIERS
from .signatures import Numeric, mismatch

LISTED = 12
# Similar enough to a registered name to be a slip where a dict's `type` may mean something else.
CUTOFF = 0.8


@cache
def torch_optimizers() -> frozenset[type]:
    """All optimizers that torch has."""
    own = (item for item in vars(torch.optim).values() if inspect.isclass(item))
    return frozenset(item for item in own if issubclass(item, torch.optim.Optimizer))


def refused_by_torch(key: str, value: Mapping, optimizer: type) -> Iterator[str]:
    """What torch's optimizers say of their own settings: building one costs nothing."""
    settings = {name: given for name, given in value.items() if name != "type" and not name.startswith("_")}
    if any(isinstance(given, (int, float)) and given < 0 for given in settings.values()):
        return  # told by LEAST
    try:
        optimizer([torch.nn.Parameter(torch.zeros(1))], **settings)
    except ValueError as error:
        yield f"{key}={short(settings)}: {optimizer.__name__} says {str(error)!r}"
    except (TypeError, RuntimeError):
        return  # names and types are compared elsewhere


def wrong_keys(key: str, value: Mapping, takes: Mapping[str, Any], who: str) -> Iterator[str]:
    """Keys that are not taken, and values of another type."""
    for name, given in value.items():
        if name == "type" or str(name).startswith("_"):  # marks of the config language
            continue
        if name not in takes:
            meant = did_you_mean(name, takes) or f" (it takes {_listed(takes) or 'none'})"
            yield f"{key}.{name}={short(given)}: {who} has no such setting{meant}"
        elif not isinstance(given, Mapping) and name != "init_cfg" and (wanted := mismatch(given, takes[name])):
            yield f"{key}.{name}={short(given)} must be {wanted}"


def wrong_multipliers(key: str, value: Mapping) -> Iterator[str]:
    """What is wrong with one of the custom_keys of an optimizer."""
    for name, given in value.items():
        if name in MULTIPLIERS:
            if wanted := mismatch(given, Numeric):
                yield f"{key}.{name}={given!r} must be {wanted}"
        elif meant := did_you_mean(name, MULTIPLIERS, CUTOFF):
            yield f"{key}.{name}={short(given)}: custom_keys has no such setting{meant}"


def _listed(names: Any) -> str:
    known = [str(name) for name in names if name not in ("self", "runner", "dataloader", "params", "optimizer")]
    return ", ".join(known[:LISTED]) + (" ..." if len(known) > LISTED else "")


def short(value: Any) -> str:
    """A value as Python writes it, cut to 60 characters."""
    text = repr(dict(value) if isinstance(value, Mapping) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
