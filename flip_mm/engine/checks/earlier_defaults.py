# SPDX-License-Identifier: Apache-2.0
"""Settings with a default that changed since a training started, and the options that restore the earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from typing import Any

# Setting -> the value that gives what earlier versions did without the setting. Checkpoints may have either.
ADDED: dict[str, Any] = {
    "optim_wrapper.optimizer.fused": False,
    "optim_wrapper.*.optimizer.fused": False,
    # MMEngine's default, which --amp names.
    "optim_wrapper.loss_scale": "dynamic",
    "model.backbone.compile": False,
}
# Setting -> its earlier value, and the present one. --amp chooses bfloat16 on GPUs that have it.
CHANGED: dict[str, tuple[Any, Any]] = {"optim_wrapper.type": ("AmpOptimWrapper", "Bf16OptimWrapper")}


def without_defaults(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Remove the settings that have the value of earlier versions, so that they equal missing ones.

    Example:
        >>> without_defaults({"optim_wrapper.optimizer.fused": False, "optim_wrapper.optimizer.lr": 0.1})
        {'optim_wrapper.optimizer.lr': 0.1}
    """
    return {key: value for key, value in settings.items() if value != _added(key, ())}


def restoring_options(old: Mapping[str, Any], new: Mapping[str, Any], different: Iterable[str]) -> list[str]:
    """Return the options of the command line that restore the defaults of the time when a training started.

    Args:
        old: Settings of that training, after :func:`without_defaults`.
        new: Those of the training that resumes it.
        different: The settings that differ.

    Returns:
        ``KEY=VALUE`` of each; empty if a setting differs for another reason.

    Example:
        >>> restoring_options({}, {"optim_wrapper.optimizer.fused": True}, ["optim_wrapper.optimizer.fused"])
        ['optim_wrapper.optimizer.fused=False']
    """
    options = []
    for key in different:
        earlier = _added(key, None)
        if key not in old and earlier is not None:
            options.append(f"{key}={earlier}")
        elif key in CHANGED and (old.get(key), new.get(key)) == CHANGED[key]:
            options.append(f"{key}={CHANGED[key][0]}")
        else:
            return []
    return options


def _added(key: str, default: Any) -> Any:
    """The earlier value of a setting in ``ADDED``."""
    return next((value for pattern, value in ADDED.items() if fnmatch(key, pattern)), default)
