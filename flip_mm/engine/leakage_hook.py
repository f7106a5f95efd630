# SPDX-License-Identifier: Apache-2.0
"""Say beside a result what training has seen of the test."""

from __future__ import annotations

from collections.abc import Mapping

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS, HOOKS

from flip_mm.datasets.leakage import Leak, find_leaks
from flip_mm.datasets.protocols import get_run


@HOOKS.register_module()
class LeakageHook(Hook):
    """Warns of test videos and subjects that train as well.

    Never an error: official lists do leak (the shots of CeFA are other frames of test videos), and figures on them are
    published. Only runs with shots, unlabelled target images, a development set or one set's own division can leak, the
    others share no domain.
    """

    def before_train(self, runner: Runner) -> None:
        """Warn before the time is spent."""
        self._warn(runner, "val_dataloader", "Leakage")

    def after_train(self, runner: Runner) -> None:
        """Warn beside the result."""
        self._warn(runner, "val_dataloader", "Leakage in the validations")

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Warn beside the result."""
        self._warn(runner, "test_dataloader", "Leakage in the test")

    def _warn(self, runner: Runner, test: str, headline: str) -> None:
        """Each moment has a headline of its own, because mmengine's logger leaves out a warning that it has said before."""
        try:
            leaks = config_leaks(runner.cfg, test)
        except (FileNotFoundError, ValueError) as error:
            runner.logger.warning(f"{headline}: not checked, the training lists cannot be read here ({error})")
            return
        for leak in leaks:
            runner.logger.warning(f"{headline}: {leak}.")


def config_leaks(cfg: Mapping, test: str = "test_dataloader") -> list[Leak]:
    """What the training and the test of a config have in common, read from their lists alone.

    Args:
        cfg: A config with ``train_dataloader`` and ``test``.
        test: The dataloader to compare with.

    Raises:
        FileNotFoundError: A list is missing.
    """
    loaders = [cfg.get(name) for name in ("train_dataloader", test)]
    if not all(loader and "run" in loader["dataset"] for loader in loaders):
        return []
    run = get_run(**loaders[0]["dataset"]["run"])
    if not (run.holdout or run.sees_target):
        return []
    sets = [DATASETS.build({**loader["dataset"], "check_files": False, "pipeline": []}) for loader in loaders]
    return find_leaks(*([data.get_data_info(i) for i in range(len(data))] for data in sets))
