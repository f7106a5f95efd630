# SPDX-License-Identifier: Apache-2.0
"""Freeze parts of a model."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from torch import nn


def freeze(model: nn.Module, names: Sequence[str]) -> list[str]:
    """Disable the gradients of modules and parameters.

    Args:
        model: The model; its parameters are changed.
        names: Names of modules (``'backbone.text_tower'``: all its parameters) or of parameters, or patterns of names
            (``'backbone.visual.transformer.resblocks.[0-5]'``).

    Returns:
        The names of all modules that match.

    Raises:
        ValueError: ``names`` is no list, a name matches nothing, or all parameters are frozen.
    """
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"model.frozen must be a list of names, got {names!r}.")
    modules = [name for name, _ in model.named_modules() if name]
    parameters = dict(model.named_parameters())
    for pattern in names:
        if not any(fnmatchcase(name, pattern) for name in (*modules, *parameters)):
            close = get_close_matches(pattern, [*modules, *parameters], n=3)
            raise ValueError(
                f"model.frozen: the model has no part '{pattern}'"
                + (f", did you mean {', '.join(close)}?" if close else f"; it consists of {', '.join(_top(modules))}.")
            )
    for name, parameter in parameters.items():
        if any(fnmatchcase(part, pattern) for part in _upwards(name) for pattern in names):
            parameter.requires_grad_(False)
    if names and not any(parameter.requires_grad for parameter in parameters.values()):
        raise ValueError(f"model.frozen={list(names)} freezes all parameters: nothing is left to train.")
    return [name for name in modules if any(fnmatchcase(name, pattern) for pattern in names)]


def _upwards(name: str) -> list[str]:
    """'a.b.c' -> 'a', 'a.b', 'a.b.c'."""
    parts = name.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _top(modules: Sequence[str]) -> list[str]:
    return [name for name in modules if name.count(".") <= 1]
