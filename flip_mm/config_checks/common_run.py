# SPDX-License-Identifier: Apache-2.0
"""Check that all dataloaders of a config belong to the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from mmpretrain.registry import DATASETS, METRICS

from flip_mm.datasets import FASDataset, Run, get_run
from flip_mm.datasets.protocols import SPLITS
from flip_mm.evaluation import EvaluationOptions, FASMetric
from flip_mm.evaluation.options import DEPLOY
from flip_mm.evaluation.roles import DEV

from .config_parts import class_of, metrics_of

OPTIONS = tuple(field.name for field in fields(EvaluationOptions))


def common_run(cfg: Mapping) -> Run | None:
    """Return the run of all dataloaders of a config; None if it has no ``FASDataset``.

    Raises:
        ValueError: Two dataloaders differ, or one reads the wrong split.
    """
    datasets = {name: cfg[name]["dataset"] for name in SPLITS if cfg.get(name)}
    runs = {name: get_run(**dataset["run"]) for name, dataset in datasets.items() if is_fas(dataset)}
    if not runs:
        return None
    first, run = next(iter(runs.items()))
    for name, dataset in datasets.items():
        if name not in runs:
            raise ValueError(f"{name}.dataset is a {dataset['type']}; it must be a FASDataset, as in {first}.")
        if dataset["split"] != SPLITS[name]:
            raise ValueError(f"{name}.dataset.split must be {SPLITS[name]!r}, got {dataset['split']!r}.")
        if runs[name] != run:
            raise ValueError(
                f"{first} and {name} belong to different runs: {difference(vars(run), vars(runs[name]))}. Set the same run in "
                "all of them (*_dataloader.dataset.run), or use --target, which does."
            )
    return run


def check_thresholds(cfg: Mapping, run: Run | None) -> None:
    """Check the options of each ``FASMetric`` before a training: its tests would refuse them only at the end.

    Raises:
        ValueError: An option is invalid, or an evaluator has ``threshold='dev'`` and the run has no holdout.
    """
    for name in ("val_evaluator", "test_evaluator"):
        for metric in metrics_of(cfg.get(name) or ()):
            kind = class_of(metric, METRICS)
            # A subclass with its own options checks them itself.
            if kind is not None and kind.__init__ is FASMetric.__init__:
                try:
                    EvaluationOptions(**{key: metric[key] for key in OPTIONS if key in metric})
                    for value in metric.get("more_thresholds") or ():
                        EvaluationOptions(value)
                except ValueError as error:
                    raise ValueError(f"{name}: FASMetric: {error}") from error
            if metric.get("threshold") in (DEV, DEPLOY) and run is not None and not run.holdout:
                raise ValueError(
                    f"{name}.threshold='{metric['threshold']}' takes the threshold from held-out source videos, and this run "
                    "has none: use --holdout 0.1, or threshold='paper' or a number."
                )


def difference(one: Mapping, other: Mapping) -> str:
    """Describe the fields in which two runs differ; empty if they are the same.

    Args:
        one: Fields of a run; missing ones (from an earlier version) have their default.
        other: Fields of the other run.
    """
    pairs = [(field.name, _value(one, field), _value(other, field)) for field in fields(Run)]
    return "; ".join(f"{name}: {first!r} against {second!r}" for name, first, second in pairs if first != second)


def is_fas(dataset: Mapping) -> bool:
    """Return whether a dataset's config names ``FASDataset`` or a subclass."""
    kind = dataset.get("type") if isinstance(dataset, Mapping) else None
    kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    return isinstance(kind, type) and issubclass(kind, FASDataset)


def _value(run: Mapping, field: Any) -> Any:
    value = run.get(field.name, field.default)
    return tuple(value) if isinstance(value, list) else value
