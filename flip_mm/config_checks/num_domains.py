# SPDX-License-Identifier: Apache-2.0
"""Set the number of domains of a model from the run of its training."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from mmpretrain.registry import MODELS

from flip_mm.datasets.protocols import run_of

from .config_parts import class_of


def set_num_domains(cfg: Mapping) -> None:
    """Set ``model.num_domains`` to the number of labelled training domains, for models with this argument.

    A number in the config is kept.
    """
    model = cfg.get("model") or {}
    run = ((cfg.get("train_dataloader") or {}).get("dataset") or {}).get("run")
    kind = class_of(model, MODELS)
    if run and kind is not None and "num_domains" in inspect.signature(kind).parameters and model.get("num_domains") is None:
        model["num_domains"] = len(run_of(run).train_domains)
