# SPDX-License-Identifier: Apache-2.0
"""Warn of test videos and subjects that train as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS, HOOKS

from flip_mm.config_checks.common_run import is_fas
from flip_mm.datasets import FASDataset
from flip_mm.datasets.leakage import Leak, find_leaks
from flip_mm.datasets.protocols import Run, get_run

from .run_record import datasets_of


@HOOKS.register_module()
class LeakageHook(Hook):
    """Warns of test videos and subjects that train as well.

    Never an error: official lists do leak (the shots of CeFA are other frames of test videos), and metrics on them are
    published. Only runs with target images in training, a development set or one set's own division can leak, the others share
    no domain. What is compared are the data sets that train and test; a test alone reads the training lists for it.
    """

    def __init__(self) -> None:
        self._found: list[Leak] = []

    def before_train(self, runner: Runner) -> None:
        """Warn before the time is spent."""
        data = datasets_of(runner)
        self._found = leaks_between(data.get("train"), data.get("val"))
        _warn(runner, self._found, "Leakage")

    def after_train(self, runner: Runner) -> None:
        """Warn again after the result."""
        _warn(runner, self._found, "Leakage in the validations")

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Warn again after the result."""
        headline, data = "Leakage in the test", datasets_of(runner)
        try:
            train = data["train"] if "train" in data else listed_training_set(runner.cfg)
            leaks = leaks_between(train, data.get("test"))
        except (FileNotFoundError, ValueError) as error:
            runner.logger.warning(f"{headline}: not checked, the training lists cannot be read here ({error})")
            return
        _warn(runner, leaks, headline)


def leaks_between(train: Any, test: Any) -> list[Leak]:
    """What two data sets have in common; nothing where one is None or no ``FASDataset``."""
    both = isinstance(train, FASDataset) and isinstance(test, FASDataset)
    return find_leaks(_samples(train), _samples(test)) if both and can_leak(train.run) else []


def can_leak(run: Run) -> bool:
    """Whether training and test of a run have a domain in common."""
    return bool(run.holdout or run.sees_target)


def listed_training_set(cfg: Mapping) -> FASDataset | None:
    """A config's training set, read from its lists alone; None where it has none, or its run cannot leak.

    Raises:
        FileNotFoundError: A list is missing.
    """
    dataset = (cfg.get("train_dataloader") or {}).get("dataset")
    if not (dataset and is_fas(dataset) and can_leak(get_run(**dataset["run"]))):
        return None
    return DATASETS.build({**dataset, "check_files": False, "pipeline": []})


def _samples(data: FASDataset) -> Iterator[dict]:
    return (data.get_data_info(number) for number in range(len(data)))


def _warn(runner: Runner, leaks: list[Leak], headline: str) -> None:
    """Each moment has a headline of its own, because mmengine's logger leaves out a warning that it has said before."""
    for leak in leaks:
        runner.logger.warning(f"{headline}: {leak}.")
