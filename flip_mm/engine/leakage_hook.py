# SPDX-License-Identifier: Apache-2.0
"""Warn about videos and subjects that are in both training and test."""

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
from flip_mm.datasets.sample_table import SampleTable

from .records.run_record import datasets_of


@HOOKS.register_module()
class LeakageHook(Hook):
    """Warns about videos and subjects that are in both training and test.

    This is never an error: official lists do leak (the shots of CeFA are other frames of test videos), and metrics on them are
    published. A run can leak only if training and test share a domain: with target images in training, a development set, or
    protocol ``intra``. The hook compares the data sets of the runner; a test without training reads the training lists.
    """

    def __init__(self) -> None:
        self._leaks: list[Leak] = []

    def before_train(self, runner: Runner) -> None:
        """Warn before the training."""
        data = datasets_of(runner)
        self._leaks = leaks_between(data.get("train"), data.get("val"))
        _warn(runner, self._leaks, "Leakage")

    def after_train(self, runner: Runner) -> None:
        """Warn again after the result."""
        _warn(runner, self._leaks, "Leakage in the validations")

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
    """Return what two data sets have in common; nothing if one of them is no ``FASDataset``, or its samples name no videos."""
    both = isinstance(train, FASDataset) and isinstance(test, FASDataset)
    return find_leaks(_samples(train), _samples(test, "role")) if both and can_leak(train.run) else []


def can_leak(run: Run) -> bool:
    """Return whether training and test of a run have a domain in common."""
    return bool(run.holdout or run.sees_target)


def listed_training_set(cfg: Mapping) -> FASDataset | None:
    """Build a config's training set from its lists, without images; None if it has none or its run cannot leak.

    Raises:
        FileNotFoundError: A list is missing.
    """
    dataset = (cfg.get("train_dataloader") or {}).get("dataset")
    if not (dataset and is_fas(dataset) and can_leak(get_run(**dataset["run"]))):
        return None
    return DATASETS.build({**dataset, "check_files": False, "pipeline": []})


def _samples(data: FASDataset, *needed: str) -> Iterator[dict]:
    """The samples that can be compared; a subclass may load samples with other fields."""
    if isinstance(data.data_list, SampleTable):
        return iter(data.data_list)
    needed = {"domain", "video_id", "subject", *needed}
    return (sample for number in range(len(data)) if needed <= (sample := data.get_data_info(number)).keys())


def _warn(runner: Runner, leaks: list[Leak], headline: str) -> None:
    """Log the leaks; each call needs a new headline, because mmengine's logger does not repeat a warning."""
    for leak in leaks:
        runner.logger.warning(f"{headline}: {leak}.")
