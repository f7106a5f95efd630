# SPDX-License-Identifier: Apache-2.0
"""Set the arguments of a model that follow from the run of its training."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from mmpretrain.registry import MODELS

from flip_mm.datasets.fine_classes import fine_classes
from flip_mm.datasets.protocols import Run, run_of

from .config_parts import class_of

# Argument of a model -> its value for a run.
ARGUMENTS: dict[str, Callable[[Run], Any]] = {
    "num_domains": lambda run: len(run.labelled_domains),
    "fine_classes": lambda run: [name for domain in run.labelled_domains for name in fine_classes(domain)],
}


def set_run_arguments(cfg: Mapping) -> None:
    """Set :data:`ARGUMENTS` in ``model``, where its class has such an argument and the config no value."""
    model = cfg.get("model") or {}
    run = ((cfg.get("train_dataloader") or {}).get("dataset") or {}).get("run")
    kind = class_of(model, MODELS)
    for name in ARGUMENTS.keys() & inspect.signature(kind).parameters.keys() if run and kind else ():
        if model.get(name) is None:
            model[name] = ARGUMENTS[name](run_of(run))
